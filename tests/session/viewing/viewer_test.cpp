// A run that is looked at without its model tells what it told when it learned; one that another records is followed.
#include "core/session/viewing/viewer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "core/history/history.h"
#include "core/record/folder/run_folder.h"
#include "core/session/driving/driver.h"
#include "tests/support/collector.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/mutants.h"
#include "tests/support/read_file.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::uint32_t kNumber = 1000;

class ViewerTest : public testing::Test {
 protected:
  ViewerTest() {
    config_.layers = 2;
    config_.experts = 4;
    config_.probe_interval = 5;
  }
  // Learns some steps and notes what was told on the way.
  void learn(Driver& driver, int steps) {
    for (int i = 0; i < steps; ++i) {
      auto slice = driver.advance();
      ASSERT_TRUE(slice);
      if (slice->record) told_.append(*slice->record);
      if (slice->snapshot) looks_.insert(slice->snapshot->step);
    }
  }
  void record_all() {
    auto folder = RunFolder::create(path_);
    ASSERT_TRUE(folder);
    FakeTrainer trainer(config_);
    Driver driver(trainer, folder->get());
    driver.start();
    learn(driver, 30);
    Config edited = config_;
    edited.top_k = 3;
    auto event = driver.apply(edited, 1);
    ASSERT_TRUE(event && *event);
    told_.append(**event);
    learn(driver, 30);
    run_ = driver.run();
    driver.finish();
  }
  static std::vector<float> losses(const History& history) {
    const auto view = history.scalar(Scalar::loss_smooth);
    std::vector<float> values;
    for (std::size_t i = 0; i < view.count; ++i) values.push_back(view[i]);
    return values;
  }

  TemporaryFolder scratch_;
  fs::path path_ = scratch_.path() / "run";
  Config config_;
  History told_;
  std::set<std::int64_t> looks_;
  std::string run_;
};

TEST_F(ViewerTest, TellsWhatTheRunTold) {
  record_all();
  const Viewer viewer(path_, kNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_until([&] {
    return window.status().state == RunState::opened && window.all().past_looks.size() + 1 >= looks_.size();
  })) << window.status().message;
  ASSERT_EQ(window.all().begins.size(), 1u);
  const RunBegin& begin = window.all().begins.front();
  EXPECT_EQ(begin.run, run_);
  EXPECT_EQ(begin.model_id, kNumber);
  EXPECT_EQ(begin.step, 60);
  ASSERT_TRUE(begin.past);
  History seen;
  for (const StepRecord& record : begin.past->records) seen.append(record);
  for (const RunEvent& event : begin.past->events) seen.append(event);
  EXPECT_EQ(seen.size(), told_.size());
  EXPECT_EQ(losses(seen), losses(told_));
  EXPECT_EQ(seen.last()->layers.at(1).counts, told_.last()->layers.at(1).counts);
  const RunStatus& status = window.status();
  EXPECT_EQ(status.step, 60);
  EXPECT_EQ(status.config->top_k, 3) << "what was changed on the way";
  EXPECT_EQ(status.config->experts, 4);
  EXPECT_GT(status.vocabulary, 0);
  EXPECT_EQ(status.corpus_name, "stories");
  EXPECT_EQ(status.run_folder, path_.native());
  std::set<std::int64_t> looks{window.all().snapshot->step};
  EXPECT_EQ(window.all().snapshot->step, 60);
  for (const auto& look : window.all().past_looks) {
    looks.insert(look->step);
    EXPECT_EQ(look->model_id, kNumber);
    EXPECT_EQ(look->tokens, window.all().snapshot->tokens) << "kept once";
  }
  EXPECT_EQ(looks, looks_);
}

// Longer than a summary: what is shown in the end is what was shown when it learned, to the bit.
TEST_F(ViewerTest, ALongRunIsTheSameReopened) {
  config_.probe_interval = 1000;
  {
    auto folder = RunFolder::create(path_);
    ASSERT_TRUE(folder);
    FakeTrainer trainer(config_);
    Driver driver(trainer, folder->get());
    driver.start();
    learn(driver, 9'000);
    driver.finish();
  }
  const Viewer viewer(path_, kNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_until([&] { return window.all().whole_past != nullptr; })) << window.status().message;
  EXPECT_LT(window.all().begins.front().past->records.size(), 9'000u) << "the first frame had less";
  const History& seen = *window.all().whole_past;
  EXPECT_EQ(losses(seen), losses(told_));
  ASSERT_EQ(seen.rows(), told_.rows());
  EXPECT_EQ(seen.row_steps(), told_.row_steps());
  for (std::size_t layer = 0; layer < 2; ++layer)
    for (std::size_t e = 0; e < 4; ++e)
      for (std::size_t row = 0; row < seen.rows(); ++row)
        ASSERT_EQ(seen.utilisation(layer, e)[row], told_.utilisation(layer, e)[row]);
}

// Live, reopened and followed: the same ranks.
TEST_F(ViewerTest, WhatRanksDidIsTheSameReopenedAndFollowed) {
  config_.expert_parallel = 2;
  auto folder = RunFolder::create(path_);
  ASSERT_TRUE(folder);
  FakeTrainer trainer(config_, {.ranks = 2});
  auto driver = std::make_unique<Driver>(trainer, folder->get());
  driver->start();
  learn(*driver, 10);
  const auto expect_told = [&](const History& seen) {
    const auto &rows = seen.ranks().rows(), &told = told_.ranks().rows();
    ASSERT_EQ(rows.size(), told.size());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      ASSERT_EQ(rows[r].last, told[r].last);
      ASSERT_EQ(rows[r].ranks.size(), 2u);
      EXPECT_EQ(rows[r].ranks[1].compute_ms, told[r].ranks[1].compute_ms);
      EXPECT_EQ(rows[r].ranks[1].rows, told[r].ranks[1].rows);
    }
  };
  const auto seen_by = [](const Collector& window) {
    History seen;
    for (const StepRecord& record : window.all().begins.front().past->records) seen.append(record);
    for (const StepRecord& record : window.all().records) seen.append(record);
    return seen;
  };
  {
    const Viewer viewer(path_, kNumber, &Collector::wake);
    Collector window(*viewer.link());
    ASSERT_TRUE(window.wait_for_state(RunState::followed)) << window.status().message;
    learn(*driver, 15);
    ASSERT_TRUE(window.wait_for_step(25));
    expect_told(seen_by(window));
  }
  driver->finish();
  driver.reset();
  folder->reset();
  const Viewer viewer(path_, kNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened)) << window.status().message;
  expect_told(seen_by(window));
}

TEST_F(ViewerTest, FollowsARunUntilItEnds) {
  auto folder = RunFolder::create(path_);
  ASSERT_TRUE(folder);
  FakeTrainer trainer(config_);
  auto driver = std::make_unique<Driver>(trainer, folder->get());
  driver->start();
  learn(*driver, 10);
  Viewer viewer(path_, kNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::followed)) << window.status().message;
  learn(*driver, 7);
  Config edited = config_;
  edited.top_k = 1;
  ASSERT_TRUE(driver->apply(edited, 1));
  learn(*driver, 8);
  ASSERT_TRUE(window.wait_for_step(25));
  ASSERT_TRUE(window.wait_until([&] { return window.all().snapshot && window.all().snapshot->step == 25; }));
  EXPECT_EQ(window.status().config->top_k, 1);
  EXPECT_EQ(window.status().state, RunState::followed);
  std::int64_t step = window.all().begins.front().step;
  for (const StepRecord& record : window.all().records) {
    EXPECT_EQ(record.step, ++step);
    EXPECT_EQ(record.model_id, kNumber);
  }
  driver->finish();
  driver.reset();
  folder->reset();
  ASSERT_TRUE(window.wait_for_state(RunState::opened));
  ASSERT_FALSE(window.all().notices.empty());
  EXPECT_THAT(window.all().notices.back().message, HasSubstr("has ended at step 25"));
}

TEST_F(ViewerTest, AnOlderFolderHasItsCurves) {
  record_all();
  for (const char* file : {"tape.sqlite", "tape.sqlite-wal", "tape.sqlite-shm"}) fs::remove(path_ / file);
  const Viewer viewer(path_, kNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened)) << window.status().message;
  History seen;
  for (const StepRecord& record : window.all().begins.front().past->records) seen.append(record);
  EXPECT_EQ(losses(seen), losses(told_));
  EXPECT_EQ(window.status().config->top_k, 3);
  EXPECT_EQ(window.all().snapshot, nullptr);
  EXPECT_THAT(window.all().notices.front().message, HasSubstr("no looks"));
}

TEST_F(ViewerTest, WhatCannotBeReadIsSaid) {
  const auto says = [](const fs::path& folder) {
    const Viewer viewer(folder, kNumber, &Collector::wake);
    Collector window(*viewer.link());
    EXPECT_TRUE(window.wait_for_state(RunState::failed));
    return window.status().message;
  };
  EXPECT_THAT(says(scratch_.path() / "nothing"), HasSubstr("nothing"));
  record_all();
  for (const char* file : {"tape.sqlite-wal", "tape.sqlite-shm"}) fs::remove(path_ / file);
  std::ofstream(path_ / "tape.sqlite") << "this is no tape";
  EXPECT_THAT(says(path_), HasSubstr("tape.sqlite"));
}

// Whatever is on the tape: a run that is shown, or a message that names the file; soon.
TEST_F(ViewerTest, MutantsOfItsTape) {
  record_all();
  const fs::path file = path_ / "tape.sqlite";
  for (const char* more : {"tape.sqlite-wal", "tape.sqlite-shm"}) fs::remove(path_ / more);
  const std::string good = read(file);
  std::ofstream(file, std::ios::binary) << good;
  Mutator mutator(31);
  int shown = 0;
  // The tape's own reader is tried with more (tests/record/tape).
  for (int i = 0; i < mutant_count() / 10; ++i) {
    SCOPED_TRACE(i);
    std::ofstream(file, std::ios::binary) << mutator.mutant(good);
    const Viewer viewer(path_, kNumber, &Collector::wake);
    Collector window(*viewer.link());
    EXPECT_TRUE(window.wait_until([&] {
      return window.status().state == RunState::opened || window.status().state == RunState::failed;
    }));
    if (window.status().state == RunState::opened) {
      ++shown;
    } else {
      EXPECT_THAT(window.status().message, HasSubstr(path_.native()));
    }
  }
  EXPECT_GT(shown, 0);
}

TEST_F(ViewerTest, EndsAtAnyMoment) {
  record_all();
  for (int i = 0; i < 20; ++i) {
    const Viewer viewer(path_, kNumber);
    if (i % 2 == 1) std::this_thread::sleep_for(std::chrono::milliseconds(i / 2));
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
