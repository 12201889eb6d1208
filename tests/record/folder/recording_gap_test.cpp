// What a run folder does while it cannot write: rows wait, weights do not, and the record says what was missing.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "core/base/json.h"
#include "core/config/json.h"
#include "core/record/folder/run_folder.h"
#include "core/record/reading/stored_run.h"
#include "core/session/driving/driver.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::FakeTrainer;
using test::FileSizeLimit;
using test::text_of_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class RecordingGapTest : public testing::Test {
 protected:
  void start(std::size_t held_bytes = RunFolder::kHeldBytes) {
    auto made = RunFolder::create(path_, {[this] { return now_s_ += per_call_s_; }, held_bytes});
    ASSERT_TRUE(made) << made.error().message;
    folder_ = std::move(*made);
    driver_.emplace(trainer_, folder_.get());
    driver_->start();
  }
  void step(int times) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(driver_->advance());
  }
  static std::vector<std::string> lines_of(const fs::path& path) {
    std::vector<std::string> lines;
    std::istringstream text(text_of_file(path));
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }
  // The steps that have a row; each row is whole.
  static std::vector<int> steps_in(const fs::path& folder) {
    const auto lines = lines_of(folder / "metrics.csv");
    std::vector<int> steps;
    for (std::size_t i = 1; i < lines.size(); ++i) {
      EXPECT_EQ(std::count(lines[i].begin(), lines[i].end(), ','),
                std::count(lines[0].begin(), lines[0].end(), ','));
      steps.push_back(std::stoi(lines[i]));
    }
    EXPECT_TRUE(lines.empty() || lines[0].starts_with("step,"));
    return steps;
  }
  static std::vector<int> range(int from, int to) {
    std::vector<int> steps;
    for (int s = from; s <= to; ++s) steps.push_back(s);
    return steps;
  }
  static std::vector<Json> gaps_in(const fs::path& folder) {
    std::vector<Json> gaps;
    for (const std::string& line : lines_of(folder / "events.jsonl")) {
      const Json json = *parse_json(line, "events");
      if (json["kind"] == "recording-gap") gaps.push_back(json);
    }
    return gaps;
  }

  test::TemporaryFolder scratch_;
  fs::path path_ = scratch_.path() / "run", sibling_ = scratch_.path() / "run-2";
  Config config_ = [] {
    Config config;
    config.layers = 1;
    return config;
  }();
  FakeTrainer trainer_{config_};
  std::unique_ptr<RunFolder> folder_;
  std::optional<Driver> driver_;
  double now_s_ = 100, per_call_s_ = 0;
};

TEST_F(RecordingGapTest, RowsWaitForRoomAndTheGapIsToldOf) {
  start();
  step(5);
  {
    const FileSizeLimit full(fs::file_size(path_ / "metrics.csv") + 100);  // half a row
    step(40);
    const auto news = driver_->take_news();
    ASSERT_EQ(news.size(), 1u) << "said once";
    EXPECT_TRUE(news[0].trouble);
    EXPECT_THAT(news[0].message, AllOf(HasSubstr(path_.string()), HasSubstr("File too large"), HasSubstr("10 s")));
    now_s_ += 10;
    step(1);
    EXPECT_TRUE(driver_->take_news().empty()) << "still the same";
  }
  EXPECT_EQ(text_of_file(path_ / "metrics.csv").back(), '\n') << "nothing torn";
  EXPECT_EQ(steps_in(path_), range(1, 5));
  now_s_ += 9;
  step(3);
  EXPECT_EQ(steps_in(path_), range(1, 5)) << "not yet";
  now_s_ += 1;
  step(1);
  EXPECT_EQ(steps_in(path_), range(1, 50));
  const auto news = driver_->take_news();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_FALSE(news[0].trouble);
  ASSERT_TRUE(news[0].event) << "the window marks it";
  const auto gaps = gaps_in(path_);
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(gaps[0]["from"], 6);
  EXPECT_EQ(gaps[0]["to"], 50);
  EXPECT_EQ(gaps[0]["rows_kept"], 45);
  EXPECT_EQ(gaps[0]["rows_lost"], 0);
  EXPECT_THAT(*gaps[0]["reason"].text(), HasSubstr("File too large"));
  EXPECT_THAT(text_of_file(path_ / "events.jsonl"), testing::Not(HasSubstr(path_.string())))
      << "a record does not say where it lies";
  step(2);
  EXPECT_EQ(steps_in(path_), range(1, 52)) << "at once again";
  EXPECT_EQ(gaps_in(path_).size(), 1u);
}

TEST_F(RecordingGapTest, MemoryIsBoundedAndWhatIsLostIsCounted) {
  start(20'000);
  step(5);
  {
    const FileSizeLimit full(fs::file_size(path_ / "metrics.csv"));
    step(200);
  }
  now_s_ += 10;
  step(1);
  const auto steps = steps_in(path_);
  const auto gaps = gaps_in(path_);
  ASSERT_EQ(gaps.size(), 1u);
  const auto lost = static_cast<int>(*gaps[0]["rows_lost"].integer());
  const auto kept = static_cast<int>(*gaps[0]["rows_kept"].integer());
  EXPECT_GT(lost, 0);
  EXPECT_GT(kept, 20);
  EXPECT_EQ(lost + kept, 201);
  EXPECT_EQ(gaps[0]["from"], 6);
  EXPECT_EQ(gaps[0]["to"], 206);
  auto expected = range(1, 5);
  for (const int s : range(6 + lost, 206)) expected.push_back(s);
  EXPECT_EQ(steps, expected) << "the oldest went";
}

TEST_F(RecordingGapTest, WeightsDoNotWaitForRows) {
  start();
  step(3);
  ASSERT_TRUE(driver_->export_weights());
  const FileSizeLimit full(fs::file_size(path_ / "model.safetensors") + 2000);
  step(200);
  EXPECT_LT(steps_in(path_).size(), 200u);
  ASSERT_TRUE(driver_->export_weights());
  EXPECT_EQ(StoredRun::open(path_)->weights()->at(0).values.back(), 203);
  driver_->take_news();
  driver_->finish();
  auto news = driver_->take_news();
  std::erase_if(news, [](const RecordingNews& one) { return one.message.find("tape") != std::string::npos; });
  ASSERT_EQ(news.size(), 1u);
  EXPECT_THAT(news[0].message, HasSubstr(fmt::format("the last {} rows", 203 - steps_in(path_).size())));
}

TEST_F(RecordingGapTest, AtTheEndItIsTriedWithoutWaiting) {
  start();
  step(2);
  {
    const FileSizeLimit full(fs::file_size(path_ / "metrics.csv"));
    step(5);
  }
  ASSERT_TRUE(driver_->export_weights());
  driver_->finish();
  EXPECT_EQ(steps_in(path_), range(1, 7));
  EXPECT_EQ(gaps_in(path_).size(), 1u);
}

TEST_F(RecordingGapTest, WhatWaitsIsWrittenWhileNothingHappens) {
  start();
  step(2);
  EXPECT_FALSE(driver_->tend_recording());
  {
    const FileSizeLimit full(fs::file_size(path_ / "metrics.csv"));
    step(3);
  }
  EXPECT_TRUE(driver_->tend_recording());
  now_s_ += 10;
  EXPECT_FALSE(driver_->tend_recording());
  EXPECT_EQ(steps_in(path_), range(1, 5));
}

TEST_F(RecordingGapTest, AModelThatEndsMeanwhileStillGetsItsRows) {
  start();
  step(2);
  {
    const FileSizeLimit full(fs::file_size(path_ / "metrics.csv"));
    step(3);
    const auto refused = driver_->reset();
    ASSERT_FALSE(refused) << "its weights cannot be written either";
    EXPECT_EQ(trainer_.step(), 5);
  }
  ASSERT_TRUE(driver_->reset());
  {
    const FileSizeLimit full(fs::file_size(path_ / "metrics.csv") / 2);
    step(4);
  }
  now_s_ += 10;
  step(1);
  EXPECT_EQ(steps_in(path_), range(1, 5));
  EXPECT_EQ(steps_in(sibling_), range(1, 5));
  EXPECT_EQ(gaps_in(path_).size() + gaps_in(sibling_).size(), 2u);
}

TEST_F(RecordingGapTest, ASlowDiskIsGivenItsShareAndNoMore) {
  per_call_s_ = 0.1;  // each look at the clock: a write takes a tenth of a second
  start();
  std::size_t writes = 0, size = 0;
  for (int i = 0; i < 200; ++i) {
    step(1);
    if (const std::size_t now = fs::file_size(path_ / "metrics.csv"); now != size) ++writes, size = now;
  }
  EXPECT_LT(writes, 25u);
  EXPECT_GT(writes, 2u);
  EXPECT_TRUE(driver_->take_news().empty()) << "slow is no trouble";
  driver_->finish();
  EXPECT_EQ(steps_in(path_), range(1, 200));
  EXPECT_TRUE(gaps_in(path_).empty());
}

// --- folders that go away

TEST_F(RecordingGapTest, AFolderThatIsRenamedIsMadeAnew) {
  start();
  step(4);
  fs::rename(path_, scratch_.path() / "aside");
  step(3);
  ASSERT_TRUE(driver_->export_weights());
  EXPECT_EQ(steps_in(scratch_.path() / "aside"), range(1, 4));
  EXPECT_EQ(steps_in(path_), range(5, 7));
  EXPECT_EQ(*read_config_file(path_ / "config.json"), config_);
  EXPECT_EQ(StoredRun::open(path_)->weights()->at(0).values.back(), 7);
  const auto gaps = gaps_in(path_);
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(gaps[0]["from"], 5);
  EXPECT_EQ(gaps[0]["rows_lost"], 0);
  EXPECT_THAT(*gaps[0]["reason"].text(), HasSubstr("removed"));
  const auto news = driver_->take_news();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_FALSE(news[0].trouble);
}

TEST_F(RecordingGapTest, AFolderThatIsRemovedAtTheEndStillGetsTheWeights) {
  start();
  step(4);
  fs::remove_all(path_);
  ASSERT_TRUE(driver_->export_weights());
  EXPECT_EQ(StoredRun::open(path_)->weights()->at(0).values.back(), 4);
}

TEST_F(RecordingGapTest, OneFileThatIsRemovedIsMadeAnew) {
  start();
  step(4);
  fs::remove(path_ / "metrics.csv");
  step(2);
  EXPECT_EQ(steps_in(path_), range(5, 6));
}

TEST_F(RecordingGapTest, ALaterRunWhoseFolderGoesIsMadeAnew) {
  start();
  step(1);
  ASSERT_TRUE(driver_->reset());
  step(2);
  const std::string id = folder_->run();
  fs::remove_all(path_);
  fs::remove_all(sibling_);
  step(2);
  const auto weights = driver_->export_weights();
  ASSERT_TRUE(weights);
  EXPECT_EQ(weights->folder, sibling_.string());
  EXPECT_EQ(folder_->place(), sibling_.string());
  EXPECT_EQ(steps_in(sibling_), range(3, 4));
  EXPECT_EQ(StoredRun::open(sibling_)->weights()->at(0).values.back(), 4);
  EXPECT_EQ((*read_json_file(sibling_ / "config.json"))["run"], id) << "the same run";
  EXPECT_FALSE(fs::exists(path_)) << "of a model that is not there";
}

TEST_F(RecordingGapTest, AnotherRunThatTookTheNameIsLeftAlone) {
  start();
  step(4);
  fs::rename(path_, scratch_.path() / "aside");
  const auto other = RunFolder::create(path_);
  ASSERT_TRUE(other);
  step(3);
  const auto weights = driver_->export_weights();
  ASSERT_TRUE(weights);
  EXPECT_NE(folder_->place(), path_.string());
  EXPECT_EQ(weights->folder, folder_->place());
  EXPECT_EQ(steps_in(folder_->place()), range(5, 7));
  EXPECT_EQ(text_of_file(path_ / "metrics.csv"), "");
  EXPECT_FALSE(fs::exists(path_ / "model.safetensors"));
}

TEST_F(RecordingGapTest, NothingIsWrittenThroughWhatSomebodyPlanted) {
  const fs::path outside = scratch_.path() / "outside";
  fs::create_directory(outside);
  ASSERT_TRUE(replace_file(outside / "precious", "precious"));
  start();
  fs::create_directory_symlink(outside, sibling_);
  for (const char* name : {"model.safetensors", "model.safetensors.tmp", "load.py", "config.json.tmp"})
    fs::create_symlink(outside / "precious", path_ / name);
  step(2);
  ASSERT_TRUE(driver_->reset());
  step(1);
  ASSERT_TRUE(driver_->export_weights());
  EXPECT_EQ(text_of_file(outside / "precious"), "precious");
  EXPECT_EQ(std::distance(fs::directory_iterator(outside), fs::directory_iterator()), 1);
  EXPECT_EQ(StoredRun::open(path_)->weights()->at(0).values.back(), 2);
  EXPECT_EQ(steps_in(scratch_.path() / "run-3"), range(1, 1));
  fs::remove(path_ / "metrics.csv");
  fs::create_symlink(outside / "precious", path_ / "metrics.csv");
  driver_->finish();
  EXPECT_EQ(text_of_file(outside / "precious"), "precious");
}

TEST_F(RecordingGapTest, KnowsWhetherTheWeightsOfNowAreOnDisk) {
  start();
  EXPECT_FALSE(folder_->holds_weights(trainer_));
  step(2);
  ASSERT_TRUE(driver_->export_weights());
  EXPECT_TRUE(folder_->holds_weights(trainer_));
  fs::remove(path_ / "model.safetensors");
  EXPECT_FALSE(folder_->holds_weights(trainer_)) << "removed";
  ASSERT_TRUE(driver_->export_weights());
  Config config = trainer_.config();
  config.experts = 12;
  ASSERT_TRUE(driver_->apply(config, 1));
  EXPECT_FALSE(folder_->holds_weights(trainer_)) << "other experts, the same step";
  ASSERT_TRUE(driver_->export_weights());
  step(1);
  EXPECT_FALSE(folder_->holds_weights(trainer_));
}

TEST_F(RecordingGapTest, LoadPyComesWithTheWeightsAndIsNoneOfThem) {
  start();
  step(2);
  ASSERT_TRUE(driver_->export_weights());
  const fs::path script = path_ / "load.py";
  const std::string text = text_of_file(script);
  EXPECT_THAT(text, HasSubstr("EXPERTS = 8 "));
  const auto first = identity_of(script);
  ASSERT_TRUE(driver_->export_weights());
  EXPECT_EQ(identity_of(script), first) << "the same is not written again";
  Config config = trainer_.config();
  config.experts = 12;
  ASSERT_TRUE(driver_->apply(config, 1));

  // A folder stands where it belongs: the weights are saved all the same, and it is said once.
  fs::remove(script);
  fs::create_directories(script / "not empty");
  driver_->take_news();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(driver_->export_weights());
    step(1);
  }
  std::vector<std::string> told;
  for (const RecordingNews& news : driver_->take_news())
    if (news.trouble) told.push_back(news.message);
  EXPECT_THAT(
      told, testing::ElementsAre(testing::AllOf(HasSubstr("The weights are saved"), HasSubstr(script.native()))));
  EXPECT_EQ(StoredRun::open(path_)->config().experts, 12);

  // Tried again at the end, where the weights need not be written any more.
  ASSERT_TRUE(driver_->export_weights());
  fs::remove_all(script);
  driver_->finish();
  EXPECT_THAT(text_of_file(script), HasSubstr("EXPERTS = 12 "));
  EXPECT_EQ(text_of_file(script), *StoredRun::open(path_)->script());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
