// The tape of a run folder: begun, cut back and gone on with as the run is, thinned rows of metrics.csv beside it.
#include "core/record/folder/run_tape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/record/folder/run_folder.h"
#include "core/record/tape/tape.h"
#include "core/session/driving/driver.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/random_told.h"
#include "tests/support/read_file.h"
#include "tests/support/small_checkpoint.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::all_of;
using test::fake_record;
using test::fake_snapshot;
using test::FakeTrainer;
using test::text_of_file;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RunTapeTest : public testing::Test {
 protected:
  static Config small() {
    Config config;
    config.layers = 2, config.experts = 3;
    return config;
  }
  // A look every 5 steps, an edit every 7, a validation every 4.
  static void record(RunFolder& folder, const Config& config, std::int64_t from, std::int64_t to) {
    for (std::int64_t step = from; step <= to; ++step) {
      StepRecord made = fake_record(config, step);
      made.val_loss = step % 4 == 0 ? 2.5 : kMissing;
      folder.on_step(made);
      if (step % 5 == 0) {
        const Snapshot look = fake_snapshot(config, step);
        folder.on_probe(&look);
      }
      if (step % 7 != 0) continue;
      RunEvent event;
      event.kind = EventKind::set;
      event.step = step + 1;
      event.model_id = 1;
      event.changes = {{"top_k", "1", "2"}};
      folder.on_event(event);
    }
  }
  std::unique_ptr<RunFolder> start(const fs::path& path, const Config& config) {
    auto made = RunFolder::create(path);
    EXPECT_TRUE(made);
    FakeTrainer trainer(config);
    (*made)->on_model(trainer);
    return std::move(*made);
  }
  std::unique_ptr<RunFolder> resume(const fs::path& path, const Config& config, const Checkpoint& checkpoint) {
    auto made = RunFolder::resume(path, checkpoint);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    FakeTrainer trainer(config);
    (*made)->on_model(trainer);
    return std::move(*made);
  }
  static Checkpoint checkpoint_of(RunFolder& folder, const Config& config, std::int64_t step) {
    Checkpoint made = test::small_checkpoint(step);
    made.trainer.config = config;
    made.label.run = folder.run();
    made.recording = folder.recording_state();
    return made;
  }
  // All of a tape but what tells one process from another.
  static std::string told(const fs::path& folder) {
    auto tape = Tape::open(folder);
    EXPECT_TRUE(tape) << (tape ? "" : tape.error().message);
    if (!tape) return {};
    std::string all;
    EXPECT_TRUE(tape->read(0, [&](std::vector<StepRecord>&& piece) {
      for (const StepRecord& one : piece) all += all_of(one);
      return true;
    }));
    const auto events = tape->events();
    const auto looks = tape->looks();
    for (const RunEvent& event : *events) all += all_of(event);
    for (const Tape::LookPlace& at : *looks) {
      const auto look = tape->look(at.step);
      all += all_of(**look);
    }
    EXPECT_THAT(tape->notes(), IsEmpty());
    return all;
  }

  test::TemporaryFolder scratch_;
  fs::path path_ = scratch_.path() / "run", straight_ = scratch_.path() / "straight";
};

TEST_F(RunTapeTest, ARunThatGoesOnHasTheTapeOfOneThatNeverStopped) {
  for (const std::int64_t interval : {1, 3}) {
    Config config = small();
    config.record_interval = interval;
    const fs::path straight = straight_ / std::to_string(interval), path = path_ / std::to_string(interval);
    {
      const auto folder = start(straight, config);
      record(*folder, config, 1, 40);
      folder->on_end();
    }
    Checkpoint checkpoint;
    std::string id;
    {
      const auto folder = start(path, config);
      record(*folder, config, 1, 14);
      checkpoint = checkpoint_of(*folder, config, 14);
      // What is told behind the checkpoint of its own step goes with the tail.
      RunEvent late;
      late.step = 15, late.message = "late";
      folder->on_event(late);
      record(*folder, config, 15, 33);
      id = folder->run();
    }
    {
      const auto folder = resume(path, config, checkpoint);
      const auto news = folder->take_news();
      ASSERT_THAT(news, SizeIs(1));
      EXPECT_THAT(news[0].message, HasSubstr("passed step 33"));
      auto lost = Tape::open(path / "lost-33");
      ASSERT_TRUE(lost) << lost.error().message;
      EXPECT_EQ(lost->span()->last, 33);
      EXPECT_THAT(*lost->events(), SizeIs(3));  // the late one, those of steps 21 and 28
      record(*folder, config, 15, 40);
      folder->on_end();
      EXPECT_THAT(folder->take_news(), IsEmpty());
    }
    EXPECT_TRUE(told(path) == told(straight));
    EXPECT_EQ(Tape::open(path)->facts()->run, id);
    EXPECT_EQ(text_of_file(path / "metrics.csv"), text_of_file(straight / "metrics.csv"));
    EXPECT_FALSE(fs::exists(path / "lost-33"));
  }
}

TEST_F(RunTapeTest, RowsAreOfEveryNthStepAndOfThoseThatWereValidated) {
  Config config = small();
  config.record_interval = 10;
  const auto folder = start(path_, config);
  record(*folder, config, 1, 25);
  folder->on_end();
  std::vector<int> steps;
  std::istringstream text(text_of_file(path_ / "metrics.csv"));
  std::string line;
  std::getline(text, line);
  while (std::getline(text, line)) steps.push_back(std::stoi(line));
  EXPECT_EQ(steps, (std::vector<int>{4, 8, 10, 12, 16, 20, 24}));
  EXPECT_EQ(Tape::open(path_)->span()->last, 25);
}

TEST_F(RunTapeTest, NoBudgetNoTapeAndAFolderWithoutOneGetsOneFromThereOn) {
  Config config = small();
  config.tape_budget_mb = 0;
  Checkpoint checkpoint;
  {
    const auto folder = start(path_, config);
    record(*folder, config, 1, 20);
    checkpoint = checkpoint_of(*folder, config, 20);
    EXPECT_EQ(checkpoint.recording.tape_events, -1);
    folder->on_end();
  }
  EXPECT_FALSE(fs::exists(path_ / "tape.sqlite"));
  config.tape_budget_mb = 64;
  const auto folder = resume(path_, config, checkpoint);
  record(*folder, config, 21, 30);
  // Off while it runs: the tape ends there.
  RunEvent off;
  off.kind = EventKind::set, off.step = 31, off.changes = {{"tape_budget_mb", "64", "0"}};
  folder->on_event(off);
  record(*folder, config, 31, 35);
  folder->on_end();
  auto tape = Tape::open(path_);
  ASSERT_TRUE(tape) << tape.error().message;
  EXPECT_EQ(tape->span()->first, 21);
  EXPECT_EQ(tape->span()->last, 30);
  EXPECT_EQ(tape->facts()->config.tape_budget_mb, 64);
}

TEST_F(RunTapeTest, ATapeThatCannotBeCutIsSetAsideAndTheRunGoesOn) {
  const Config config = small();
  Checkpoint checkpoint;
  {
    const auto folder = start(path_, config);
    record(*folder, config, 1, 10);
    checkpoint = checkpoint_of(*folder, config, 10);
    record(*folder, config, 11, 15);
    folder->on_end();
  }
  fs::resize_file(path_ / "tape.sqlite", 5000);
  const auto folder = resume(path_, config, checkpoint);
  const auto news = folder->take_news();
  ASSERT_FALSE(news.empty());
  EXPECT_THAT(news[0].message, testing::AllOf(HasSubstr("tape.sqlite"), HasSubstr("a new tape begins")));
  record(*folder, config, 11, 20);
  folder->on_end();
  EXPECT_EQ(Tape::open(path_)->span()->first, 11);
}

TEST_F(RunTapeTest, EachRunOfADriverHasATapeOfItsOwnAndUndoGoesOnInTheFirst) {
  FakeTrainer trainer(small());
  auto folder = RunFolder::create(path_);
  ASSERT_TRUE(folder);
  Driver driver(trainer, folder->get());
  driver.start();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(driver.advance());
  Config other = small();
  other.d_model *= 2;
  ASSERT_TRUE(driver.apply(other, 1));
  const auto ended = driver.take_ended();
  ASSERT_TRUE(ended);
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(driver.advance());
  const auto back = driver.bring_back(*ended);
  ASSERT_TRUE(back) << back.error().message;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(driver.advance());
  driver.finish();
  const fs::path second = path_.native() + "-2";
  EXPECT_EQ(Tape::open(path_)->span()->last, 35);
  EXPECT_EQ(Tape::open(second)->span()->last, 12);
  EXPECT_EQ(Tape::open(second)->facts()->config.d_model, other.d_model);
  EXPECT_NE(Tape::open(second)->facts()->run, Tape::open(path_)->facts()->run);
  EXPECT_THAT(*Tape::open(path_)->looks(), SizeIs(3));
  for (const fs::path& one : {path_, second}) EXPECT_FALSE(fs::exists(one / "tape.sqlite-wal"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
