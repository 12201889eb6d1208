#include "core/record/run_folder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <sstream>

#include "core/base/json.h"
#include "core/config/json.h"
#include "core/record/stored_run.h"
#include "core/session/driver.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace {

using test::FakeTrainer;
using test::text_of_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  std::istringstream text(text_of_file(path));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char c : line) {
    if (c == ',') fields.emplace_back();
    else fields.back() += c;
  }
  return fields;
}

class RunFolderTest : public testing::Test {
 protected:
  RunFolderTest() {
    config_.layers = 4;
    config_.moe_every = 2;  // blocks 1 and 3
    config_.experts = 3;
    config_.val_interval = 2;
    config_.probe_interval = 2;
  }
  std::unique_ptr<RunFolder> create() const {
    auto made = RunFolder::create(path_);
    EXPECT_TRUE(made);
    return std::move(*made);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "runs" / "one";
  Config config_;
};

TEST_F(RunFolderTest, RefusesFoldersItCannotUse) {
  const auto error = [](const std::filesystem::path& at) {
    const auto made = RunFolder::create(at);
    if (made) return std::string("accepted");
    EXPECT_EQ(made.error().kind, ErrorKind::usage);
    EXPECT_THAT(made.error().message, HasSubstr(at.string()));
    return made.error().message;
  };
  ASSERT_TRUE(replace_file(folder_.path() / "file", "x"));
  EXPECT_THAT(error(folder_.path()), HasSubstr("not empty"));
  EXPECT_THAT(error(folder_.path() / "file"), HasSubstr("not a folder"));
  EXPECT_THAT(error(folder_.path() / "file" / "run"), HasSubstr("cannot record"));
  EXPECT_THAT(error("/proc/switchyard-run"), HasSubstr("cannot record"));
  EXPECT_THAT(error(""), HasSubstr("no name"));
  std::filesystem::create_directories(path_);
  EXPECT_EQ(error(path_), "accepted");  // there, and empty
}

TEST_F(RunFolderTest, WritesWhatTheContractNames) {
  FakeTrainer trainer(config_);
  const auto folder = create();
  Driver driver(trainer, folder.get());
  driver.start();
  const Json json = *read_json_file(path_ / "config.json");  // there before the first step
  EXPECT_EQ(json["config"], to_json(config_));
  EXPECT_EQ(json["seed"], 1);
  EXPECT_EQ(json["versions"]["libtorch"], "1.13.1");
  EXPECT_EQ(json["versions"]["blas"], "fake BLAS");
  EXPECT_TRUE(json["versions"]["switchyard"].text());
  EXPECT_EQ(json["device"], "cpu");
  EXPECT_EQ(json["threads"], 1);
  EXPECT_EQ(json["vocabulary"], Json(trainer.data().outputs));
  EXPECT_EQ(*read_config_file(path_ / "config.json"), config_);

  EXPECT_THAT(
      lines_of(path_ / "metrics.csv"),
      ElementsAre("step,tokens,wall_s,loss,val_loss,total_loss,lr,grad_norm,tokens_per_s,step_ms,train_accuracy,val_accuracy,"
                  "aux_switch,aux_gshard,aux_importance,aux_load,aux_mse_prob,aux_mse_load,aux_sequence,aux_z,"
                  "l1_entropy,l1_load_entropy,l1_max_violation,l1_drop_rate,l1_token_drop_rate,l1_router_grad_norm,l1_expert_grad_norm,"
                  "l1_switch,l1_gshard,l1_importance,l1_load,l1_mse_prob,l1_mse_load,l1_sequence,l1_z,"
                  "l3_entropy,l3_load_entropy,l3_max_violation,l3_drop_rate,l3_token_drop_rate,l3_router_grad_norm,l3_expert_grad_norm,"
                  "l3_switch,l3_gshard,l3_importance,l3_load,l3_mse_prob,l3_mse_load,l3_sequence,l3_z"));
  std::vector<StepRecord> records;
  for (int i = 0; i < 4; ++i) records.push_back(*driver.advance()->record);
  ASSERT_TRUE(driver.export_weights());
  ASSERT_FALSE(driver.observer_error());

  // Every number reads back to the same bits, and at once.
  const auto lines = lines_of(path_ / "metrics.csv");
  ASSERT_EQ(lines.size(), 5u);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto fields = fields_of(lines[i + 1]);
    const StepRecord& r = records[i];
    ASSERT_EQ(fields.size(), 20u + 30u);
    EXPECT_EQ(std::stoll(fields[0]), r.step);
    EXPECT_EQ(std::stoll(fields[1]), r.tokens);
    EXPECT_EQ(std::stod(fields[2]), r.wall_s);
    EXPECT_EQ(std::stod(fields[3]), r.loss);
    if (i % 2 == 0) EXPECT_EQ(fields[4], "");
    else EXPECT_EQ(std::stod(fields[4]), r.val_loss);
    EXPECT_EQ(std::stod(fields[5]), r.total_loss);
    EXPECT_EQ(std::stod(fields[6]), r.learning_rate);
    EXPECT_EQ(std::stod(fields[10]), r.train_accuracy);
    if (i % 2 == 0) EXPECT_EQ(fields[11], "");
    else EXPECT_EQ(std::stod(fields[11]), r.val_accuracy);
    EXPECT_EQ(std::stod(fields[19]), r.aux[AuxLoss::z]);
    EXPECT_EQ(std::stof(fields[20]), r.layers[0].token_entropy);
    EXPECT_EQ(std::stof(fields[25]), r.layers[0].router_grad_norm);
    EXPECT_EQ(std::stof(fields[26]), r.layers[0].expert_grad_norm);
    EXPECT_EQ(std::stof(fields[27]), r.layers[0].aux[AuxLoss::switch_balance]);
    EXPECT_EQ(fields[28], "") << "not computed";
    EXPECT_EQ(std::stof(fields[49]), r.layers[1].aux[AuxLoss::z]);
  }

  const auto routing = lines_of(path_ / "routing.jsonl");
  ASSERT_EQ(routing.size(), 4u);
  const Json probe = *parse_json(routing[3], "routing");
  EXPECT_EQ(probe["step"], 4);
  EXPECT_EQ(probe["layer"], 3);
  EXPECT_EQ(probe["window_steps"], 2);
  EXPECT_EQ(probe["dropped"], 0);
  ASSERT_EQ(probe["counts"].size(), 3u);
  for (std::size_t e = 0; e < 3; ++e) {
    EXPECT_EQ(probe["counts"][e].number(), records[2].layers[1].counts[e] + records[3].layers[1].counts[e]);
    EXPECT_DOUBLE_EQ(
        *probe["mean_prob"][e].number(),
        (static_cast<double>(records[2].layers[1].mean_prob[e]) + records[3].layers[1].mean_prob[e]) / 2);
  }
}

TEST_F(RunFolderTest, WritesGoldenLines) {
  FakeTrainer trainer([&] {
    Config c = config_;
    c.layers = 1;
    c.moe_every = 1;
    return c;
  }());
  const auto folder = create();
  ASSERT_TRUE(folder->on_model(trainer));
  StepRecord r;
  r.step = 1;
  r.tokens = 2048;
  r.generation = 1;
  r.wall_s = 0.1;
  r.loss = 1.0 / 3;
  r.total_loss = 0.5;
  r.learning_rate = 3e-3;
  r.grad_norm = kMissing;
  r.tokens_per_s = 20480;
  r.step_ms = 100;
  LayerRecord layer;
  layer.counts = {3, 0, 1};
  layer.mean_prob = {0.5f, 0.25f, 0.25f};
  layer.dropped = 1;
  layer.token_entropy = 0.1f;
  layer.router_grad_norm = 0.25f;  // experts that do not learn: empty
  layer.max_violation = static_cast<float>(kMissing);
  r.layers = {layer};
  ASSERT_TRUE(folder->on_step(r));
  ASSERT_TRUE(folder->on_probe(nullptr));
  RunEvent event;
  event.kind = "set";
  event.step = 2;
  event.generation = 1;
  event.wall_s = 0.1;
  event.changes = {{"top_k", "2", "1"}};
  ASSERT_TRUE(folder->on_event(event));
  event.kind = "alert";
  event.changes.clear();
  event.message = "loss \"nan\"\n";
  ASSERT_TRUE(folder->on_event(event));
  event.kind = "health";
  event.message = "expert 1 got no tokens";
  event.health = HealthAlert{AlertKind::dead, 0, 1, {1}, 2, 9, 0, event.message, "why", {{"aux_coef", "0.01"}}};
  ASSERT_TRUE(folder->on_event(event));

  EXPECT_EQ(lines_of(path_ / "metrics.csv").at(1),
            "1,2048,0.1,0.3333333333333333,,0.5,0.003,,20480,100,,,0,0,0,0,0,0,0,0,0.1,0,,0,0,0.25,,,,,,,,,");
  EXPECT_EQ(text_of_file(path_ / "routing.jsonl"),
            "{\"step\":1,\"layer\":0,\"counts\":[3,0,1],\"mean_prob\":[0.5,0.25,0.25],\"dropped\":1,\"window_"
            "steps\":1}\n");
  EXPECT_THAT(
      lines_of(path_ / "events.jsonl"),
      ElementsAre(
          R"({"step":2,"wall_s":0.1,"kind":"set","generation":1,"changes":[{"key":"top_k","before":"2","after":"1"}]})",
          R"({"step":2,"wall_s":0.1,"kind":"alert","generation":1,"message":"loss \"nan\"\n"})",
          R"({"step":2,"wall_s":0.1,"kind":"health","generation":1,"message":"expert 1 got no tokens","alert":)"
          R"({"kind":"dead","layer":1,"experts":[1],"began":2,"noticed":9,"advice":"why","remedy":{"aux_coef":"0.01"}}})"));
}

TEST_F(RunFolderTest, AWindowBeginsAfreshAtSurgery) {
  FakeTrainer trainer(config_);
  const auto folder = create();
  Driver driver(trainer, folder.get());
  driver.start();
  ASSERT_TRUE(driver.advance());
  Config config = config_;
  config.experts = 5;
  ASSERT_TRUE(driver.apply(config, 1));
  ASSERT_TRUE(driver.advance());
  const Json line = *parse_json(lines_of(path_ / "routing.jsonl").at(0), "routing");
  EXPECT_EQ(line["counts"].size(), 5u);
  EXPECT_EQ(line["window_steps"], 1);
  EXPECT_FALSE(std::filesystem::exists(path_ / "branch-001"));
}

TEST_F(RunFolderTest, ANewModelIsABranch) {
  FakeTrainer trainer(config_);
  const auto folder = create();
  Driver driver(trainer, folder.get());
  driver.start();
  ASSERT_TRUE(driver.advance());
  Config config = config_;
  config.layers = 2;
  ASSERT_TRUE(driver.apply(config, 1));
  config.layers = 6;
  ASSERT_TRUE(driver.apply(config, 2));  // before its first step: no folder of its own
  EXPECT_FALSE(std::filesystem::exists(path_ / "branch-001"));
  config.top_k = 3;
  ASSERT_TRUE(driver.apply(config, 3));
  ASSERT_TRUE(driver.advance());
  ASSERT_TRUE(driver.reset());
  ASSERT_TRUE(driver.export_weights());
  ASSERT_FALSE(driver.observer_error());

  EXPECT_EQ(lines_of(path_ / "metrics.csv").size(), 2u);
  const auto events = lines_of(path_ / "events.jsonl");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_THAT(events[0], AllOf(HasSubstr("\"step\":2"), HasSubstr("rebuild"), HasSubstr("\"layers\"")));
  const auto branch = path_ / "branch-001";
  EXPECT_EQ(fields_of(lines_of(branch / "metrics.csv").at(0)).size(), 20u + 45u);
  EXPECT_EQ(lines_of(branch / "metrics.csv").size(), 2u);
  EXPECT_THAT(lines_of(branch / "events.jsonl"), ElementsAre(HasSubstr("\"top_k\""), HasSubstr("reset")));
  EXPECT_EQ(read_config_file(branch / "config.json")->layers, 6);
  EXPECT_EQ(StoredRun::open(path_ / "branch-002")->weights()->at(0).values.back(), 0);
  const auto none = StoredRun::open(branch);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, AllOf(HasSubstr(branch.string()), HasSubstr("model.safetensors")));
}

TEST_F(RunFolderTest, StoresWhatRouteNeeds) {
  FakeTrainer trainer(config_);
  const auto folder = create();
  Driver driver(trainer, folder.get());
  driver.start();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(driver.advance());
  Config config = config_;
  config.top_k = 1;  // live: the weights belong to the configuration of their time
  ASSERT_TRUE(driver.apply(config, 1));
  ASSERT_TRUE(driver.export_weights());
  const auto run = StoredRun::open(path_);
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->config(), config);
  EXPECT_EQ(run->vocabulary(), trainer.data().outputs);
  const auto weights = run->weights();
  ASSERT_TRUE(weights) << weights.error().message;
  ASSERT_EQ(weights->size(), 2u);
  EXPECT_EQ(weights->at(0).values, trainer.weights()[0].values);
  EXPECT_EQ(StoredRun::open(path_ / "model.safetensors")->config(), config);

  const auto missing = StoredRun::open(folder_.path() / "gone");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::usage);
}

TEST_F(RunFolderTest, ReportsAFullDisk) {
  FakeTrainer trainer(config_);
  const auto folder = create();
  Driver driver(trainer, folder.get());
  driver.start();
  {
    const test::FileSizeLimit limit(2048);
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(driver.advance());  // training itself goes on
  }
  ASSERT_TRUE(driver.observer_error());
  EXPECT_EQ(driver.observer_error()->kind, ErrorKind::failure);
  EXPECT_THAT(driver.observer_error()->message, HasSubstr(path_.string()));
  // What is there is whole.
  EXPECT_EQ(text_of_file(path_ / "metrics.csv").back(), '\n');
  EXPECT_EQ(text_of_file(path_ / "routing.jsonl").back(), '\n');
}

TEST(RunsDirectory, FollowsTheBaseDirectorySpecification) {
  const auto keep = [](const char* name) {
    const char* value = ::getenv(name);
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  const auto restore = [](const char* name, const std::optional<std::string>& value) {
    if (value) ::setenv(name, value->c_str(), 1);
    else ::unsetenv(name);
  };
  const auto data = keep("XDG_DATA_HOME"), home = keep("HOME");
  ::setenv("HOME", "/home/ada", 1);
  ::setenv("XDG_DATA_HOME", "/data", 1);
  EXPECT_EQ(default_runs_directory(), "/data/switchyard/runs");
  ::setenv("XDG_DATA_HOME", "relative", 1);
  EXPECT_EQ(default_runs_directory(), "/home/ada/.local/share/switchyard/runs");
  ::unsetenv("XDG_DATA_HOME");
  EXPECT_EQ(default_runs_directory(), "/home/ada/.local/share/switchyard/runs");
  ::unsetenv("HOME");
  EXPECT_TRUE(default_runs_directory().is_absolute());
  restore("XDG_DATA_HOME", data);
  restore("HOME", home);
}

TEST(RunsDirectory, NamesRunsByTimeAndLabel) {
  const test::TemporaryFolder folder;
  const auto path = new_run_folder(folder.path(), "/some/where/my text.txt");
  EXPECT_EQ(path.parent_path(), folder.path());
  EXPECT_THAT(path.filename().string(), testing::MatchesRegex("[0-9]+-[0-9]+-my-text"));
  EXPECT_EQ(path.filename().string().find('-'), 8u);
  EXPECT_THAT(new_run_folder(folder.path(), "").filename().string(), HasSubstr("-run"));
}

}  // namespace
}  // namespace switchyard
