// What a run leaves for TensorBoard: every figure of metrics.csv, loads, texts; and which files are there at all.
#include "core/record/tensorboard/run_events.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <set>
#include <sstream>

#include "core/base/json.h"
#include "core/config/json.h"
#include "core/record/folder/run_folder.h"
#include "core/record/reading/run_index.h"
#include "core/record/reading/run_reading.h"
#include "core/record/reading/run_summary.h"
#include "core/record/tensorboard/event_file.h"
#include "core/session/driving/driver.h"
#include "tests/record/tensorboard/read_events.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/small_checkpoint.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::events_in;
using test::FakeTrainer;
using test::scalars_of;
using test::text_of_file;
using test::texts_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at) parts.emplace_back();
    else parts.back() += c;
  }
  return parts;
}

// As run_events.h says.
std::string tag_of(const std::string& column) {
  static const std::map<std::string, std::string> kTags{{"loss", "loss/train"},
                                                        {"val_loss", "loss/val"},
                                                        {"total_loss", "loss/total"},
                                                        {"train_accuracy", "accuracy/train"},
                                                        {"val_accuracy", "accuracy/val"},
                                                        {"lr", "optimizer/lr"},
                                                        {"grad_norm", "optimizer/grad_norm"},
                                                        {"tokens_per_s", "speed/tokens_per_s"},
                                                        {"step_ms", "speed/step_ms"},
                                                        {"tokens", "progress/tokens"},
                                                        {"wall_s", "progress/wall_s"}};
  if (const auto at = kTags.find(column); at != kTags.end()) return at->second;
  if (column.starts_with("aux_")) return "aux/" + column.substr(4);
  const std::size_t bar = column.find('_');
  return "layer" + column.substr(1, bar - 1) + "/" + column.substr(bar + 1);
}

class RunEventsTest : public testing::Test {
 protected:
  RunEventsTest() {
    config_.layers = 4, config_.moe_every = 2;  // blocks 1 and 3
    config_.experts = 3;
    config_.overflow = Overflow::drop_late;
    config_.val_interval = 3, config_.probe_interval = 4;
    config_.log_tensorboard = true;
  }
  void start() {
    RunFolder::Options options;
    options.now_s = [this] { return now_s_; };
    options.unix_s = [this] { return unix_s_ += 0.5; };
    auto made = RunFolder::create(path_, options);
    ASSERT_TRUE(made) << made.error().message;
    folder_ = std::move(*made);
    trainer_.emplace(config_);
    driver_.emplace(*trainer_, folder_.get());
    driver_->start();
  }
  void step(int times) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(driver_->advance());
  }
  void edit(const std::function<void(Config&)>& change) {
    change(config_);
    const auto event = driver_->apply(config_, ++revision_);
    ASSERT_TRUE(event && *event);
    folder_->on_idle();
  }
  std::set<std::string> names() const {
    std::set<std::string> all;
    for (const auto& entry : fs::directory_iterator(path_)) {
      const std::string name = entry.path().filename();
      if (name.starts_with("events.out")) all.insert("tensorboard");
      else if (name.ends_with("l") || name.ends_with(".csv")) all.insert(name);
    }
    return all;
  }

  test::TemporaryFolder scratch_;
  fs::path path_ = scratch_.path() / "runs" / "one";
  Config config_;
  std::optional<FakeTrainer> trainer_;
  std::unique_ptr<RunFolder> folder_;
  std::optional<Driver> driver_;
  std::uint64_t revision_ = 0;
  double now_s_ = 0, unix_s_ = 1.75e9;
};

TEST_F(RunEventsTest, HoldEveryFigureOfMetricsUnderItsName) {
  config_.record_interval = 2;
  start();
  step(25);
  driver_->finish();
  const auto events = events_in(path_);
  std::istringstream rows(text_of_file(path_ / "metrics.csv"));
  std::string line;
  ASSERT_TRUE(std::getline(rows, line));
  const std::vector<std::string> columns = split(line, ',');
  std::map<std::string, std::map<std::int64_t, float>> wanted;
  while (std::getline(rows, line)) {
    const std::vector<std::string> fields = split(line, ',');
    ASSERT_EQ(fields.size(), columns.size());
    for (std::size_t c = 1; c < columns.size(); ++c)
      if (!fields[c].empty())
        wanted[tag_of(columns[c])][std::stoll(fields[0])] = static_cast<float>(std::stod(fields[c]));
  }
  EXPECT_GT(wanted.size(), 30u);
  for (const auto& [tag, values] : wanted) EXPECT_EQ(scalars_of(events, tag), values) << tag;
  for (const auto& event : events)
    for (const auto& value : event.summary().value())
      if (value.value_case() == test::schema::Summary::Value::kSimpleValue) {
        EXPECT_TRUE(wanted.contains(value.tag())) << value.tag();
      }
  // One time is later than the other, and none is lost.
  for (std::size_t i = 1; i < events.size(); ++i) EXPECT_GE(events[i].wall_time(), events[i - 1].wall_time());
  EXPECT_GT(events.front().wall_time(), 1.75e9);
  EXPECT_EQ(events.front().file_version(), "brain.Event:2");
  EXPECT_EQ(events[1].session_log().status(), test::schema::SessionLog::START);
}

TEST_F(RunEventsTest, LoadsAreThoseOfTheWindows) {
  start();
  step(11);
  driver_->finish();
  std::map<std::pair<std::int64_t, std::string>, std::vector<double>> wanted, found;
  std::istringstream lines(text_of_file(path_ / "routing.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const Json json = *parse_json(line, "routing");
    auto& counts =
        wanted[{*json["step"].integer(), "layer" + std::to_string(*json["layer"].integer()) + "/tokens"}];
    for (const Json& count : *json["counts"].array_items()) counts.push_back(*count.number());
  }
  for (const auto& event : events_in(path_))
    for (const auto& value : event.summary().value())
      if (value.has_histo())
        found[{event.step(), value.tag()}] = {value.histo().bucket().begin(), value.histo().bucket().end()};
  EXPECT_EQ(wanted.size(), 6u) << "steps 4, 8 and 11 of two layers";
  EXPECT_EQ(found, wanted);
}

TEST_F(RunEventsTest, TheConfigurationIsThereAndAgainAfterEachEdit) {
  config_.corpus = "/home/somebody/a |`book`.txt";
  start();
  step(5);
  edit([](Config& config) { config.top_k = 1, config.learning_rate = 0.001; });
  step(2);
  RunEvent alert;
  alert.kind = EventKind::health_end, alert.step = 8, alert.message = "E2 gets none";
  alert.health.emplace().block = 3;
  folder_->on_event(alert);
  driver_->finish();
  const auto events = events_in(path_);
  const auto configs = texts_of(events, "config");
  ASSERT_EQ(configs.size(), 2u);
  EXPECT_EQ(configs[0].first, 0);
  EXPECT_EQ(configs[1].first, 6);
  for (const auto& [step, text] : configs) {
    std::string json;
    for (const std::string& line : split(text, '\n')) {
      ASSERT_TRUE(line.starts_with("    ")) << "all of it is code: " << line;
      json += line.substr(4) + "\n";
    }
    Config then = config_;
    if (step == 0) then.top_k = Config().top_k, then.learning_rate = Config().learning_rate;
    EXPECT_EQ(*parse_json(json, "config"), to_shared_json(then));
    EXPECT_THAT(text, testing::Not(HasSubstr("somebody"))) << "no folder";
  }
  EXPECT_THAT(texts_of(events, "edits"), ElementsAre(Pair(6, "`top_k`: 2 → 1; `learning_rate`: 0.003 → 0.001")));
  // Routing by one expert is one in each layer, by itself.
  EXPECT_THAT(texts_of(events, "alerts/layer1/frozen-router"), ElementsAre(Pair(6, HasSubstr("no gradient"))));
  EXPECT_THAT(texts_of(events, "alerts/layer3/frozen-router"), ElementsAre(Pair(6, HasSubstr("no gradient"))));
  EXPECT_THAT(texts_of(events, "alerts/layer3/dead"), ElementsAre(Pair(8, "ended: E2 gets none")));
}

TEST_F(RunEventsTest, WhatEveryStepHasIsWrittenWhateverItIs) {
  start();
  StepRecord record = test::fake_record(config_, 1);
  record.loss = std::numeric_limits<double>::quiet_NaN();
  record.total_loss = std::numeric_limits<double>::infinity();
  record.grad_norm = -std::numeric_limits<double>::infinity();
  record.val_loss = kMissing, record.val_accuracy = 0.25;
  record.train_accuracy = kMissing;
  folder_->on_step(record);
  record.step = 2, record.val_accuracy = kMissing;
  folder_->on_step(record);
  const auto events = events_in(path_);
  EXPECT_TRUE(std::isnan(scalars_of(events, "loss/train").at(1)));
  EXPECT_EQ(scalars_of(events, "loss/total").at(1), std::numeric_limits<float>::infinity());
  EXPECT_EQ(scalars_of(events, "optimizer/grad_norm").at(1), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(scalars_of(events, "loss/val").at(1))) << "it was validated";
  EXPECT_FALSE(scalars_of(events, "loss/val").contains(2));
  EXPECT_TRUE(scalars_of(events, "accuracy/train").empty());
}

TEST_F(RunEventsTest, OnlyWhatIsWantedIsThere) {
  config_.log_tensorboard = false;
  start();
  step(4);
  EXPECT_EQ(names(), (std::set<std::string>{"metrics.csv", "routing.jsonl", "events.jsonl"}));
  // In the middle of a run, and back.
  edit([](Config& config) { config.log_tensorboard = true, config.log_csv = false; });
  step(4);
  edit([](Config& config) { config.log_tensorboard = false, config.log_csv = true; });
  step(2);
  driver_->finish();
  const auto events = events_in(path_);
  EXPECT_EQ(scalars_of(events, "loss/train").begin()->first, 5);
  EXPECT_EQ(scalars_of(events, "loss/train").size(), 4u);
  EXPECT_THAT(texts_of(events, "config"), ElementsAre(Pair(4, testing::_), Pair(5, testing::_)));
  const auto rows = split(text_of_file(path_ / "metrics.csv"), '\n');
  ASSERT_EQ(rows.size(), 8u);
  EXPECT_TRUE(rows[4].starts_with("4,"));
  EXPECT_TRUE(rows[5].starts_with("9,"));
  EXPECT_THAT(text_of_file(path_ / "events.jsonl"), testing::Not(HasSubstr("gap")));
}

// Whoever lists, opens and sums up runs does without metrics.csv.
TEST_F(RunEventsTest, ARunWithoutMetricsIsReadFromItsTape) {
  const auto read = [&](const fs::path& folder) {
    auto run = summarize_run(folder, RunDetail::whole);
    EXPECT_TRUE(run) << run.error().message;
    return std::move(*run);
  };
  start();
  step(400);
  driver_->finish();
  const RunSummary with = read(path_);
  const auto past = read_past(path_, 1);
  path_ = scratch_.path() / "runs" / "two";
  config_.log_csv = config_.log_jsonl = false;
  start();
  step(400);
  driver_->finish();
  EXPECT_EQ(names(), (std::set<std::string>{"events.jsonl", "tensorboard"}));
  const RunSummary without = read(path_);
  EXPECT_EQ(without.steps, 400);
  EXPECT_EQ(without.loss, with.loss);
  EXPECT_EQ(without.val_loss, with.val_loss);
  EXPECT_EQ(without.val_accuracy, with.val_accuracy);
  EXPECT_EQ(without.tokens, with.tokens);
  EXPECT_EQ(without.whole->best.step, with.whole->best.step);
  EXPECT_EQ(without.whole->best.val_loss, with.whole->best.val_loss);
  EXPECT_EQ(without.whole->last.step, with.whole->last.step);
  EXPECT_GT(without.changed_unix_s, 0);
  const auto again = read_past(path_, 1);
  ASSERT_TRUE(past && again);
  EXPECT_EQ(again->records.size(), past->records.size());
  std::int64_t steps = 0;
  const auto told = read_steps(path_, 1, [&](StepRecord&& record) { return record.step == ++steps; });
  ASSERT_TRUE(told);
  EXPECT_EQ(steps, 400);
  const auto curve = sample_curve(path_, 50);
  EXPECT_GE(curve.size(), 50u);
  EXPECT_EQ(curve.back().step, 400);
  // Its row in the index is as good as another's, and none once it has learned on.
  RunIndex index(scratch_.path() / "runs", 10);
  EXPECT_EQ(index.read("two")->steps, 400);
  EXPECT_EQ(index.read("one")->steps, 400);
  EXPECT_GE(index.changed_unix_s("two"), 0);
}

// Rows of metrics.csv that end long before the tape does are not all there is.
TEST_F(RunEventsTest, ARunWhoseMetricsWereSwitchedOffIsReadFromItsTape) {
  start();
  step(4);
  edit([](Config& config) { config.log_csv = false; });
  step(5);
  driver_->finish();
  EXPECT_EQ(split(text_of_file(path_ / "metrics.csv"), '\n').size(), 6u);
  fs::last_write_time(path_ / "metrics.csv", fs::file_time_type::clock::now() - std::chrono::minutes(5));
  EXPECT_EQ(summarize_run(path_)->steps, 9);
}

TEST_F(RunEventsTest, AFullDiskTearsNothing) {
  config_.log_csv = false;
  start();
  step(3);
  const auto size = fs::file_size(test::event_files(path_).at(0));
  {
    const test::FileSizeLimit full(size + 100);
    step(4);
    EXPECT_EQ(scalars_of(events_in(path_), "loss/train").size(), 3u);
  }
  now_s_ += 10;
  step(1);
  driver_->finish();
  EXPECT_EQ(scalars_of(events_in(path_), "loss/train").size(), 8u);
  EXPECT_THAT(text_of_file(path_ / "events.jsonl"), HasSubstr("rows of steps 4 to 8: 6 written late, 0 lost"))
      << "the loads of step 4 are one";
}

// A new model is a run of its own, beside the other: TensorBoard shows both.
TEST_F(RunEventsTest, EachRunHasItsOwn) {
  start();
  step(3);
  ASSERT_TRUE(driver_->reset());
  step(2);
  driver_->finish();
  EXPECT_EQ(scalars_of(events_in(path_), "loss/train").size(), 3u);
  const auto later = events_in(path_.native() + "-2");
  EXPECT_EQ(scalars_of(later, "loss/train").size(), 2u);
  EXPECT_EQ(later[0].file_version(), "brain.Event:2");
  EXPECT_EQ(texts_of(later, "config").size(), 1u);
}

// The folder is removed while it learns: what is made anew begins as a file does, with the settings of now.
TEST_F(RunEventsTest, AFileMadeAnewIsWholeByItself) {
  start();
  step(2);
  edit([](Config& config) { config.learning_rate = 0.0077; });
  step(1);
  fs::remove_all(path_);
  step(2);
  driver_->finish();
  const auto events = events_in(path_);
  ASSERT_GT(events.size(), 3u);
  EXPECT_EQ(events[0].file_version(), "brain.Event:2");
  ASSERT_EQ(texts_of(events, "config").size(), 1u);
  EXPECT_THAT(texts_of(events, "config")[0].second, HasSubstr("\"learning_rate\": 0.0077"));
  EXPECT_EQ(scalars_of(events, "loss/train").size(), 2u);
}

TEST_F(RunEventsTest, OneFileARunWhereverItGoesOn) {
  start();
  step(6);
  Checkpoint checkpoint = test::small_checkpoint(6, 10);
  checkpoint.trainer.config = config_;
  checkpoint.label.run = folder_->run();
  checkpoint.recording = folder_->recording_state();
  ASSERT_TRUE(driver_->advance());
  driver_->finish();
  folder_.reset();
  const fs::path early = path_ / "events.out.tfevents.1000.switchyard";
  fs::rename(test::event_files(path_).at(0), early);
  const auto go_on = [&] {
    auto made = RunFolder::resume(path_, checkpoint);
    ASSERT_TRUE(made) << made.error().message;
    folder_ = std::move(*made);
    folder_->on_model(*trainer_);
  };
  go_on();
  EXPECT_EQ(test::event_files(path_).size(), 2u) << "what was set aside is no run to TensorBoard";
  EXPECT_TRUE(fs::is_empty(early)) << "who had it open finds its end, and the next";
  const fs::path later = path_ / find_event_file(path_);
  EXPECT_NE(later, early);
  EXPECT_TRUE(fs::exists(path_ / "lost-7" / "tensorboard-events.bin"));
  folder_->on_step(test::fake_record(config_, 7));
  folder_->on_end();
  EXPECT_EQ(scalars_of(events_in(path_), "loss/train").size(), 7u);
  checkpoint.recording = folder_->recording_state();
  checkpoint.trainer.step = 7;
  folder_.reset();
  fs::rename(later, early);
  go_on();
  EXPECT_THAT(test::event_files(path_), ElementsAre(early)) << "nothing was cut";
  // Of a program that did not know of it: what is whole stays.
  checkpoint.recording.tensorboard_bytes = -1;
  folder_.reset();
  std::ofstream(early, std::ios::app) << "torn";
  go_on();
  EXPECT_EQ(scalars_of(events_in(path_), "loss/train").size(), 7u);
  EXPECT_EQ(test::event_files(path_).size(), 2u) << "one empty one at most";
  // From before it was switched on: it begins anew.
  checkpoint.recording.tensorboard_bytes = 0;
  folder_.reset();
  go_on();
  folder_->on_step(test::fake_record(config_, 8));
  EXPECT_EQ(scalars_of(events_in(path_), "loss/train").size(), 1u);
  EXPECT_EQ(events_in(path_)[0].file_version(), "brain.Event:2");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
