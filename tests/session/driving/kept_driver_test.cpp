// A model that makes way is kept, and comes back: the driver's part.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "core/record/folder/run_folder.h"
#include "core/session/driving/driver.h"
#include "tests/session/keeping.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/read_file.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

class KeptDriver : public Keeping {
 protected:
  KeptDriver() {
    auto made = RunFolder::create(folder_.path() / "run");
    EXPECT_TRUE(made) << made.error().message;
    recorder_ = std::move(*made);
  }
  void steps(Driver& driver, int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(driver.advance());
  }
  std::size_t rows(const fs::path& run) const {
    const std::string text = read(run / "metrics.csv");
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) - 1;
  }
  FakeTrainer trainer_{quick()};
  std::unique_ptr<RunFolder> recorder_;
};

TEST_F(KeptDriver, WhatARebuildEndedComesBackAndItsRunGoesOn) {
  Driver driver(trainer_, recorder_.get());
  driver.start();
  const std::string first = driver.run();
  EXPECT_FALSE(first.empty());
  steps(driver, 7);
  ASSERT_TRUE(driver.apply(wider(), 1));
  const auto ended = driver.take_ended();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->point, (RunPoint{first, 7}));
  EXPECT_FALSE(driver.take_ended()) << "once";
  EXPECT_NE(driver.run(), first);
  EXPECT_EQ(trainer_.step(), 0);
  steps(driver, 3);
  const std::string second = driver.run(), second_place = recorder_->place();

  const auto back = driver.bring_back(*ended);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(driver.run(), first);
  EXPECT_EQ(trainer_.step(), 7);
  EXPECT_EQ(trainer_.config(), quick());
  steps(driver, 2);
  driver.finish();
  EXPECT_EQ(recorder_->place(), folder_.path() / "run");
  EXPECT_EQ(rows(folder_.path() / "run"), 9u);
  EXPECT_EQ(rows(second_place), 3u);
  // And the one that this ended, in turn.
  const auto ended_again = driver.take_ended();
  ASSERT_TRUE(ended_again);
  EXPECT_EQ(ended_again->point, (RunPoint{second, 3}));
  ASSERT_TRUE(driver.bring_back(*ended_again));
  EXPECT_EQ(trainer_.config(), wider());
  EXPECT_EQ(trainer_.step(), 3);
  EXPECT_EQ(driver.run(), second);
}

TEST_F(KeptDriver, AResetIsKeptToo) {
  Driver driver(trainer_, recorder_.get());
  driver.start();
  EXPECT_TRUE(driver.reset());
  EXPECT_FALSE(driver.take_ended()) << "nothing was learned";
  steps(driver, 2);
  ASSERT_TRUE(driver.reset());
  const auto ended = driver.take_ended();
  ASSERT_TRUE(ended);
  EXPECT_TRUE(fs::exists(ended->file));
}

TEST_F(KeptDriver, ACheckpointThatIsGoneLeavesTheModelOfNow) {
  Driver driver(trainer_, recorder_.get());
  driver.start();
  steps(driver, 2);
  ASSERT_TRUE(driver.reset());
  auto ended = driver.take_ended();
  ASSERT_TRUE(ended);
  steps(driver, 5);
  const std::string run = driver.run();
  fs::remove(ended->file);
  const auto back = driver.bring_back(*ended);
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().message, HasSubstr(ended->file.filename().native()));
  EXPECT_EQ(trainer_.step(), 5);
  EXPECT_EQ(driver.run(), run);
  steps(driver, 1);
}

TEST_F(KeptDriver, KeepsUnderAName) {
  Driver driver(trainer_, recorder_.get());
  driver.start();
  steps(driver, 4);
  const auto kept = driver.keep("before the storm");
  ASSERT_TRUE(kept) << kept.error().message;
  const auto found = CheckpointStore(folder_.path() / "run").find("before the storm");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->label.step, 4);
  EXPECT_EQ(found->label.run, driver.run());
  EXPECT_THAT(read(folder_.path() / "run" / "events.jsonl"), HasSubstr("before the storm"));
}

TEST(Keep, ARunWithoutAFolderIsKeptInMemory) {
  FakeTrainer trainer(quick());
  Driver driver(trainer, nullptr);
  driver.start();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(driver.advance());
  const std::string run = driver.run();
  ASSERT_TRUE(driver.apply(wider(), 1));
  const auto ended = driver.take_ended();
  ASSERT_TRUE(ended);
  EXPECT_NE(driver.run(), run);
  ASSERT_TRUE(driver.bring_back(*ended));
  EXPECT_EQ(trainer.step(), 3);
  EXPECT_EQ(driver.run(), run);
  EXPECT_FALSE(driver.keep("mine"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
