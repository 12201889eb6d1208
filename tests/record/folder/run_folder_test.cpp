#include "core/record/folder/run_folder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <set>
#include <sstream>

#include "core/base/json.h"
#include "core/config/json.h"
#include "core/record/reading/stored_run.h"
#include "core/session/driving/driver.h"
#include "tests/support/fake_run.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

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
    auto made = RunFolder::create(path_, {[] { return 0.0; }});  // no write ever takes long
    EXPECT_TRUE(made);
    return std::move(*made);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "runs" / "one";
  Config config_;
};

// A disk that is slow: rows are gathered. Whoever lets go of the folder without an end, as an error on its way does.
TEST_F(RunFolderTest, WhatWaitsIsWrittenWhenItGoes) {
  FakeTrainer trainer(config_);
  auto made = RunFolder::create(path_, {[at = 0.0]() mutable { return at += 0.5; }});
  ASSERT_TRUE(made);
  (*made)->on_model(trainer);
  for (int step = 1; step <= 5; ++step) (*made)->on_step(test::fake_record(config_, step));
  EXPECT_TRUE((*made)->is_behind());
  made->reset();
  EXPECT_EQ(lines_of(path_ / "metrics.csv").size(), 6u);
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
                  "l3_switch,l3_gshard,l3_importance,l3_load,l3_mse_prob,l3_mse_load,l3_sequence,l3_z,"
                  "l1_tokens_min,l1_tokens_max,l1_tokens_std,l1_tokens_p50,l1_tokens_p75,l1_tokens_p90,l1_tokens_p95,"
                  "l3_tokens_min,l3_tokens_max,l3_tokens_std,l3_tokens_p50,l3_tokens_p75,l3_tokens_p90,l3_tokens_p95"));
  std::vector<StepRecord> records;
  for (int i = 0; i < 4; ++i) records.push_back(*driver.advance()->record);
  ASSERT_TRUE(driver.export_weights());
  EXPECT_TRUE(driver.take_news().empty());

  // Every number reads back to the same bits, and at once.
  const auto lines = lines_of(path_ / "metrics.csv");
  ASSERT_EQ(lines.size(), 5u);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto fields = fields_of(lines[i + 1]);
    const StepRecord& r = records[i];
    ASSERT_EQ(fields.size(), 20u + 30u + 14u);
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
    EXPECT_EQ(std::stof(fields[57]), *std::min_element(r.layers[1].counts.begin(), r.layers[1].counts.end()));
    EXPECT_EQ(std::stof(fields[58]), *std::max_element(r.layers[1].counts.begin(), r.layers[1].counts.end()));
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
  folder->on_model(trainer);
  StepRecord r;
  r.step = 1;
  r.tokens = 2048;
  r.model_id = 1;
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
  folder->on_step(r);
  folder->on_probe(nullptr);
  RunEvent event;
  event.kind = EventKind::set;
  event.step = 2;
  event.model_id = 1;
  event.wall_s = 0.1;
  event.changes = {{"top_k", "2", "1"}};
  folder->on_event(event);
  event.kind = EventKind::alert;
  event.changes.clear();
  event.message = "loss \"nan\"\n";
  folder->on_event(event);
  event.kind = EventKind::health;
  event.message = "expert 1 got no tokens";
  event.health = HealthAlert{AlertKind::dead, 0, 1, {1}, 2, 9, 0, event.message, "why", {{"aux_coef", "0.01"}}};
  folder->on_event(event);

  EXPECT_EQ(lines_of(path_ / "metrics.csv").at(1),
            "1,2048,0.1,0.3333333333333333,,0.5,0.003,,20480,100,,,0,0,0,0,0,0,0,0,0.1,0,,0,0,0.25,,,,,,,,,,0,3,1.247219128924647,1,2,2.6,2.8");
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

// Every assignment of every step is in routing.jsonl, whatever cuts a window short: a change, there and back
// between two steps too, an export, the end.
TEST_F(RunFolderTest, NoStepIsMissingFromRouting) {
  config_.probe_interval = 10;
  FakeTrainer trainer(config_);
  const auto folder = create();
  Driver driver(trainer, folder.get());
  driver.start();
  double assigned = 0;
  const auto step = [&](int times) {
    for (int i = 0; i < times; ++i) {
      const auto slice = driver.advance();
      for (const float count : slice->record->layers[1].counts) assigned += count;
    }
  };
  const auto experts = [&](std::int64_t count) {
    Config config = trainer.config();
    config.experts = count;
    ASSERT_TRUE(driver.apply(config, 1));
  };
  step(3);
  experts(5);
  experts(3);
  step(4);
  experts(5);
  step(2);
  ASSERT_TRUE(driver.export_weights());
  step(12);
  driver.finish();
  std::vector<std::string> windows;
  double recorded = 0;
  for (const std::string& text : lines_of(path_ / "routing.jsonl")) {
    const Json line = *parse_json(text, "routing");
    if (line["layer"] != 3) continue;
    windows.push_back(fmt::format("{} of {}", dump_json(line["window_steps"]), dump_json(line["step"])));
    for (std::size_t e = 0; e < line["counts"].size(); ++e) recorded += *line["counts"][e].number();
  }
  EXPECT_THAT(windows, ElementsAre("3 of 3", "4 of 7", "2 of 9", "1 of 10", "10 of 20", "1 of 21"));
  EXPECT_EQ(recorded, assigned);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "runs" / "one-2"));
}

TEST_F(RunFolderTest, ANewModelIsARunOfItsOwnBesideTheFirst) {
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
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "runs" / "one-2"));
  config.top_k = 3;
  ASSERT_TRUE(driver.apply(config, 3));
  ASSERT_TRUE(driver.advance());
  ASSERT_TRUE(driver.reset());
  ASSERT_TRUE(driver.export_weights());
  for (const RecordingNews& news : driver.take_news()) EXPECT_FALSE(news.trouble) << news.message;

  EXPECT_EQ(lines_of(path_ / "metrics.csv").size(), 2u);
  EXPECT_THAT(lines_of(path_ / "events.jsonl"),
              ElementsAre(AllOf(HasSubstr("\"step\":1,"), HasSubstr("weights"), HasSubstr("\"took_s\":")),
                          AllOf(HasSubstr("\"step\":2,"), HasSubstr("rebuild"), HasSubstr("\"layers\"")),
                          HasSubstr("rebuild")));
  const auto second = folder_.path() / "runs" / "one-2", third = folder_.path() / "runs" / "one-3";
  EXPECT_EQ(fields_of(lines_of(second / "metrics.csv").at(0)).size(), 20u + 45u + 21u);
  EXPECT_EQ(lines_of(second / "metrics.csv").size(), 2u);
  EXPECT_THAT(lines_of(second / "events.jsonl"),
              ElementsAre(HasSubstr("\"top_k\""), HasSubstr("weights"), HasSubstr("reset")));
  EXPECT_EQ(read_config_file(second / "config.json")->layers, 6);
  // Each model's weights lie beside its rows, those that a new model ended too.
  EXPECT_EQ(StoredRun::open(path_)->config().layers, 4);
  EXPECT_EQ(StoredRun::open(path_)->weights()->at(0).values.back(), 1);
  EXPECT_EQ(StoredRun::open(second)->config().layers, 6);
  EXPECT_EQ(StoredRun::open(second)->weights()->at(0).values.back(), 1);
  EXPECT_EQ(StoredRun::open(third)->weights()->at(0).values.back(), 0);
  EXPECT_EQ(folder->place(), third.string());
  // Each is a run with an id of its own.
  std::set<std::string> ids;
  for (const auto& run : {path_, second, third}) {
    const Json json = *read_json_file(run / "config.json");
    EXPECT_TRUE(json["parent"].is_null());
    EXPECT_TRUE(is_run_name(*json["run"].text())) << *json["run"].text();
    ids.insert(*json["run"].text());
    const auto weights = SafetensorsFile::open(run / "model.safetensors");
    EXPECT_EQ(weights->metadata().at("run"), *json["run"].text());
    EXPECT_EQ(weights->metadata().at("parent"), "null");
  }
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_TRUE(ids.contains(folder->run()));
}

// In the default place each has the name of its id.
TEST_F(RunFolderTest, ADefaultFolderHasTheNameOfItsRun) {
  FakeTrainer trainer(config_);
  path_ = new_run_folder(folder_.path(), "text");
  const auto folder = create();
  Driver driver(trainer, folder.get());
  driver.start();
  EXPECT_EQ(folder->run(), path_.filename());
  ASSERT_TRUE(driver.advance());
  ASSERT_TRUE(driver.reset());
  ASSERT_TRUE(driver.advance());
  EXPECT_NE(folder->place(), path_.native());
  EXPECT_EQ(std::filesystem::path(folder->place()), folder_.path() / folder->run());
  EXPECT_EQ((*read_json_file(std::filesystem::path(folder->place()) / "config.json"))["run"], folder->run());
}

TEST_F(RunFolderTest, AChildRunNamesItsParent) {
  FakeTrainer trainer(config_);
  const auto made = RunFolder::create(path_);
  (*made)->begin_child({"20261128T151200Z-stories-x7k2mq", 40});
  Driver driver(trainer, made->get());
  driver.start();
  ASSERT_TRUE(driver.export_weights());
  EXPECT_EQ((*read_json_file(path_ / "config.json"))["parent"], Json({{"run", "20261128T151200Z-stories-x7k2mq"}, {"step", 40}}));
  EXPECT_EQ(SafetensorsFile::open(path_ / "model.safetensors")->metadata().at("parent"),
            R"({"run":"20261128T151200Z-stories-x7k2mq","step":40})");
  ASSERT_TRUE(driver.advance());
  ASSERT_TRUE(driver.reset());
  ASSERT_TRUE(driver.advance());
  EXPECT_TRUE((*read_json_file(folder_.path() / "runs" / "one-2" / "config.json"))["parent"].is_null());
}

TEST_F(RunFolderTest, WeightsThatCannotBeHadWriteOverNone) {
  {
    test::FakeOptions options;
    options.weights_gone_at = 2;
    FakeTrainer trainer(config_, options);
    const auto folder = create();
    Driver driver(trainer, folder.get());
    driver.start();
    ASSERT_TRUE(driver.advance());
    ASSERT_TRUE(driver.export_weights());
    ASSERT_TRUE(driver.advance());
    const auto written = driver.export_weights();
    ASSERT_FALSE(written);
    EXPECT_THAT(written.error().message, HasSubstr("cannot be had"));
  }
  EXPECT_EQ(StoredRun::open(path_)->weights()->at(0).values.back(), 1);
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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
