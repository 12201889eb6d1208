// A run's past, read from its tape where it has one.
#include "core/record/reading/tape_past.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/record/folder/run_folder.h"
#include "core/record/reading/run_reading.h"
#include "core/record/tape/tape.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/random_told.h"
#include "tests/support/small_checkpoint.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::all_of;
using test::fake_record;
using testing::SizeIs;

class TapePastTest : public testing::Test {
 protected:
  static Config small(std::int64_t budget_mb = 64) {
    Config config;
    config.layers = 2, config.experts = 3, config.tape_budget_mb = budget_mb;
    return config;
  }
  std::vector<StepRecord> record(RunFolder& folder, std::int64_t from, std::int64_t to) {
    std::vector<StepRecord> told;
    for (std::int64_t step = from; step <= to; ++step) {
      told.push_back(fake_record(small(), step));
      folder.on_step(told.back());
      if (step % 10 == 0) folder.on_probe(nullptr);
    }
    return told;
  }
  std::unique_ptr<RunFolder> start(const Config& config) {
    auto folder = RunFolder::create(path_);
    EXPECT_TRUE(folder);
    test::FakeTrainer trainer(config);
    (*folder)->on_model(trainer);
    return std::move(*folder);
  }

  test::TemporaryFolder scratch_;
  fs::path path_ = scratch_.path() / "run";
};

TEST_F(TapePastTest, HasTheLoadsOfEachStepWhereLinesHaveTheirMeans) {
  RunEvent edit;
  edit.kind = EventKind::set, edit.step = 6, edit.model_id = 1;
  std::vector<StepRecord> told;
  {
    const auto folder = start(small());
    told = record(*folder, 1, 35);
    folder->on_event(edit);
    folder->on_end();
  }
  const auto past = read_past(path_, 9);
  ASSERT_TRUE(past) << past.error().message;
  for (StepRecord& one : told) one.model_id = 9;
  EXPECT_TRUE(all_of(past->records) == all_of(told));
  ASSERT_THAT(past->events, SizeIs(1));
  EXPECT_EQ(past->events[0].step, 6);
  EXPECT_EQ(past->events[0].model_id, 9u);

  // A damaged tape costs what lines do not say, not the past.
  std::ofstream(path_ / "tape.sqlite", std::ios::trunc) << "no tape";
  const auto lines = read_past(path_, 9);
  ASSERT_TRUE(lines);
  ASSERT_THAT(lines->records, SizeIs(35));
  EXPECT_EQ(lines->records[20].loss, told[20].loss);
  EXPECT_FALSE(all_of(lines->records[20].layers[0].counts) == all_of(told[20].layers[0].counts));
}

TEST_F(TapePastTest, OfARunThatGotItsTapeLateTheLinesHaveTheBeginning) {
  Checkpoint checkpoint = test::small_checkpoint(20);
  {
    const auto folder = start(small(0));
    record(*folder, 1, 20);
    RunEvent early;
    early.step = 4;
    folder->on_event(early);
    checkpoint.trainer.config = small(0);
    checkpoint.label.run = folder->run();
    checkpoint.recording = folder->recording_state();
  }
  {
    auto folder = RunFolder::resume(path_, checkpoint);
    ASSERT_TRUE(folder) << folder.error().message;
    test::FakeTrainer trainer(small());
    (*folder)->on_model(trainer);
    record(**folder, 21, 30);
    RunEvent late;
    late.step = 25;
    (*folder)->on_event(late);
    (*folder)->on_end();
  }
  const auto past = read_past(path_, 1);
  ASSERT_TRUE(past);
  ASSERT_THAT(past->records, SizeIs(30));
  for (std::size_t i = 0; i < 30; ++i) EXPECT_EQ(past->records[i].step, static_cast<std::int64_t>(i) + 1);
  ASSERT_THAT(past->events, SizeIs(2));
  EXPECT_EQ(past->events[0].step, 4);
  EXPECT_EQ(past->events[1].step, 25);
}

TEST_F(TapePastTest, OfALargeTapeTheSummaryHasTheBeginning) {
  {
    const auto folder = start(small());
    record(*folder, 1, 12'000);
    folder->on_end();
  }
  std::vector<std::int64_t> steps;
  const auto past = read_tape_past(
      path_, 1000, [](std::int64_t) {}, [&](StepRecord&& record) { steps.push_back(record.step); }, 0);
  ASSERT_TRUE(past) << past.error().message;
  EXPECT_LT(steps.size(), 5'000u + 64u);
  EXPECT_GT(steps.size(), 2'000u);
  for (std::size_t i = 1; i < steps.size(); ++i) EXPECT_GT(steps[i], steps[i - 1]);
  for (std::size_t i = 0; i < 1000; ++i)
    EXPECT_EQ(steps[steps.size() - 1 - i], 12'000 - static_cast<std::int64_t>(i));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
