// The list of runs, a run at a glance, and the budget of all of them.
#include "core/record/reading/run_reading.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_lock.h"
#include "core/record/reading/checkpoint_budget.h"
#include "core/record/reading/run_list.h"
#include "tests/record/reading/run_reading_fixture.h"
#include "tests/support/small_checkpoint.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::fake_record;
using test::FakeTrainer;
using test::text_of_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using test::RunReading;
using test::two_layers;

TEST_F(RunReading, ARunAtAGlance) {
  const auto told = record(path_, 31, 5);
  Checkpoint kept = test::small_checkpoint(25);
  ASSERT_TRUE(CheckpointStore(path_).write(kept));
  kept = test::small_checkpoint(30);
  kept.label.val_loss = 0.25;
  ASSERT_TRUE(CheckpointStore(path_).write(kept));
  std::ofstream(path_ / "metrics.csv", std::ios::app) << "32,";
  const auto summary = summarize_run(path_);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->steps, 31);
  EXPECT_EQ(summary->val_loss, 1.0 / 30);
  EXPECT_EQ(summary->corpus, FakeTrainer().data().name);
  EXPECT_EQ(summary->config, two_layers());
  EXPECT_THAT(summary->started, testing::MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9:]+Z"));
  EXPECT_EQ(summary->newest->label.step, 30);
  EXPECT_FALSE(summary->is_running);
  EXPECT_FALSE(summary->has_weights);
  EXPECT_FALSE(summary->parent);
  EXPECT_GT(summary->changed_unix_s, 1'700'000'000);
  // The newest is not whole: the one before it.
  fs::resize_file(summary->newest->file, 10);
  EXPECT_EQ(summarize_run(path_)->newest->label.step, 25);
  EXPECT_THAT(summarize_run(scratch_.path()).error().message, HasSubstr("no such file"));
}

// A child that was begun and let go of stands where it began, and what was measured there was its parent's.
TEST_F(RunReading, AChildWithoutAStepOfItsOwnClaimsNone) {
  FakeTrainer trainer(two_layers());
  const auto folder = RunFolder::create(path_, {[] { return 0.0; }});
  ASSERT_TRUE(folder);
  (*folder)->begin_child({"parent", 20});
  (*folder)->on_model(trainer);
  Checkpoint kept = test::small_checkpoint(20);
  kept.label.val_loss = 0.25;
  ASSERT_TRUE(CheckpointStore(path_).write(kept));
  auto summary = summarize_run(path_);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->steps, 20);
  EXPECT_TRUE(std::isnan(summary->val_loss));
  EXPECT_FALSE(has_own_step(*summary));
  // Its own count.
  (*folder)->on_step(fake_record(two_layers(), 21));
  kept = test::small_checkpoint(21);
  kept.label.val_loss = 0.125;
  ASSERT_TRUE(CheckpointStore(path_).write(kept));
  summary = summarize_run(path_);
  EXPECT_EQ(summary->steps, 21);
  EXPECT_TRUE(has_own_step(*summary));
  EXPECT_EQ(summary->val_loss, 0.125);
}

// It is held, so that undo can go back to it, and has ended all the same.
TEST_F(RunReading, ARunThatMadeWayForAnotherRunsNoMore) {
  FakeTrainer trainer(two_layers());
  const auto folder = RunFolder::create(path_, {[] { return 0.0; }});
  ASSERT_TRUE(folder);
  (*folder)->on_model(trainer);
  (*folder)->on_step(fake_record(two_layers(), 1));
  EXPECT_TRUE(summarize_run(path_)->is_running);
  const std::string first = (*folder)->run();
  (*folder)->on_model(trainer);
  EXPECT_FALSE(summarize_run(path_)->is_running) << "the next has no step yet";
  (*folder)->on_step(fake_record(two_layers(), 1));
  const fs::path second = (*folder)->place();
  ASSERT_NE(second, path_);
  EXPECT_FALSE(summarize_run(path_)->is_running);
  EXPECT_TRUE(summarize_run(second)->is_running);
  EXPECT_TRUE(is_run_held(path_)) << "nobody else takes it";
  ASSERT_TRUE((*folder)->go_on({first, 1}, {}, path_));
  (*folder)->on_model(trainer);
  EXPECT_TRUE(summarize_run(path_)->is_running) << "it came back";
  EXPECT_FALSE(summarize_run(second)->is_running);
}

TEST_F(RunReading, RecentRunsAreListedNewestFirst) {
  using std::chrono::seconds;
  const auto now = fs::file_time_type::clock::now();
  for (int i = 0; i < 4; ++i) {
    const fs::path run = scratch_.path() / fmt::format("run{}", i);
    record(run, 3 + i, 2);
    fs::last_write_time(run / "metrics.csv", now - seconds(50 + (i * 7) % 4 * 100));  // newest: 0, 3, 2, 1
  }
  fs::create_directory(scratch_.path() / "empty");
  write("config.json", "{}");
  std::ofstream(scratch_.path() / "file") << "x";
  FakeTrainer trainer(two_layers());
  const auto running = RunFolder::create(scratch_.path() / "live");
  (*running)->on_model(trainer);
  const auto runs = list_runs(scratch_.path(), 3);
  ASSERT_THAT(runs, SizeIs(3));
  EXPECT_EQ(runs[0].folder.filename(), "live");
  EXPECT_TRUE(runs[0].is_running);
  EXPECT_EQ(runs[0].steps, 0);
  EXPECT_EQ(runs[1].folder.filename(), "run0");
  EXPECT_EQ(runs[2].folder.filename(), "run3");
  EXPECT_EQ(runs[2].steps, 6);
  EXPECT_THAT(list_runs(scratch_.path(), 100), SizeIs(5));
  EXPECT_THAT(list_runs("/nowhere/at/all", 3), IsEmpty());
}

TEST_F(RunReading, ACurveIsSampledEvenly) {
  const auto told = record(path_, 1000, 10);
  const auto curve = sample_curve(path_, 50);
  EXPECT_GE(curve.size(), 45u);
  EXPECT_LE(curve.size(), 51u);
  EXPECT_EQ(curve.front().step, 1);
  EXPECT_EQ(curve.back().step, 1000);
  for (const CurvePoint& point : curve) EXPECT_EQ(point.loss, told[static_cast<std::size_t>(point.step - 1)].loss);
  for (std::size_t i = 1; i < curve.size(); ++i) EXPECT_LT(curve[i].step - curve[i - 1].step, 45);
  record(scratch_.path() / "short", 3, 10);
  EXPECT_THAT(sample_curve(scratch_.path() / "short", 50), SizeIs(3));
  record(scratch_.path() / "none", 0, 10);
  EXPECT_THAT(sample_curve(scratch_.path() / "none", 50), IsEmpty());
}

TEST_F(RunReading, SaysWhatItCosts) {
  record(path_, 5000, 10);
  Checkpoint kept = test::small_checkpoint(5000, 1'000'000);
  ASSERT_TRUE(CheckpointStore(path_).write(kept));
  const auto ms = [](auto call) {
    const auto began = std::chrono::steady_clock::now();
    call();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
  };
  const double past = ms([&] { EXPECT_THAT(read_past(path_, 1)->records, SizeIs(5000)); });
  const double list = ms([&] { EXPECT_THAT(list_runs(scratch_.path(), 10), SizeIs(1)); });
  const double curve = ms([&] { EXPECT_GT(sample_curve(path_, 100).size(), 90u); });
  std::printf("5,000 steps of two layers read in %.1f ms, listed in %.2f ms, 100 of them sampled in %.2f ms\n",
              past, list, curve);
  EXPECT_LT(list, 200);
}

TEST_F(RunReading, AllRunsTogetherKeepWithinABudget) {
  std::uint64_t bytes = 0;
  const auto keep = [&](const std::string& name, int count) {
    const fs::path run = scratch_.path() / name;
    fs::create_directory(run);
    for (int i = 1; i <= count; ++i) {
      Checkpoint made = test::small_checkpoint(100 + 10 * i);
      made.label.run = name;
      made.label.val_loss = kMissing;
      bytes = CheckpointStore(run).write(made)->bytes;
    }
    return run;
  };
  const auto count = [&](const fs::path& run) { return CheckpointStore(run).list().checkpoints.size(); };
  const fs::path mine = keep("mine", 8), other = keep("other", 10), held = keep("held", 9);
  const auto lock = RunLock::take(held);
  const auto own = RunLock::take(mine);
  // A child of other's step 140; undo needs mine's step 120.
  fs::create_directory(scratch_.path() / "child");
  std::ofstream(scratch_.path() / "child" / "config.json")
      << R"({"config": {}, "run": "child", "parent": {"run": "other", "step": 140}})";
  // A step of three digits or of two, a name of four letters or of five: a few bytes.
  const std::uint64_t all = checkpoint_bytes(scratch_.path());
  EXPECT_NEAR(static_cast<double>(all), 27.0 * static_cast<double>(bytes), 27.0 * 64);
  const std::vector<fs::path> holds{mine};
  const std::vector<RunPoint> undo{{"mine", 120}};
  EXPECT_EQ(keep_runs_within(scratch_.path(), all, holds, undo).dropped, 0u);
  const auto kept = keep_runs_within(scratch_.path(), all * 20 / 27, holds, undo);
  EXPECT_EQ(kept.dropped, 7u);
  EXPECT_EQ(kept.warning, "");
  EXPECT_EQ(count(held), 9u) << "another's";
  EXPECT_LE(count(other), 6u);
  const auto none = keep_runs_within(scratch_.path(), bytes, holds, undo);
  EXPECT_THAT(none.warning, HasSubstr("must stay"));
  EXPECT_EQ(count(held), 9u);
  EXPECT_EQ(count(mine), 3u);
  EXPECT_EQ(count(other), 3u);
  EXPECT_TRUE(CheckpointStore(other).find("140"));
  EXPECT_TRUE(CheckpointStore(mine).find("120"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
