// The checkpoints of a run: named, listed, found, thinned; and the lock of the run they belong to.
#include "core/record/checkpoint/checkpoint_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <numeric>

#include "core/record/checkpoint/checkpoint_file.h"
#include "core/record/files/files.h"
#include "core/record/files/safetensors.h"
#include "core/record/folder/run_lock.h"
#include "tests/support/later_version.h"
#include "tests/support/small_checkpoint.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::small_checkpoint;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CheckpointStoreTest : public testing::Test {
 protected:
  CheckpointHeader write(std::int64_t step, const std::string& name = {}, double val_loss = kMissing) const {
    Checkpoint made = small_checkpoint(step);
    made.label.name = name;
    made.label.val_loss = val_loss;
    const auto written = store_.write(made);
    EXPECT_TRUE(written) << (written ? "" : written.error().message);
    return *written;
  }
  std::vector<std::string> listed() const {
    std::vector<std::string> names;
    for (const CheckpointHeader& at : store_.list().checkpoints) names.push_back(at.file.filename().native());
    return names;
  }
  std::string refusal(std::string_view which) const {
    const auto found = store_.find(which);
    if (found) return "found " + found->file.native();
    EXPECT_EQ(found.error().kind, ErrorKind::usage);
    return found.error().message;
  }

  test::TemporaryFolder folder_;
  CheckpointStore store_{folder_.path()};
};

TEST_F(CheckpointStoreTest, FilesAreNamedByStepAndName) {
  write(1234);
  write(7);
  write(1234, "before lunch");
  write(1234, "before/lunch");
  write(7);
  EXPECT_THAT(listed(),
              ElementsAre("step-000000007.safetensors", "step-000001234.safetensors",
                          "step-000001234-before-lunch.safetensors", "step-000001234-before-lunch-2.safetensors"));
  EXPECT_EQ(store_.list().checkpoints[2].label.name, "before lunch");
  EXPECT_GT(store_.list().checkpoints[2].label.written_unix_s, 1'700'000'000);
}

TEST_F(CheckpointStoreTest, AreFoundByNameStepOrAsTheNewest) {
  EXPECT_THAT(refusal(""), HasSubstr("holds no checkpoint"));
  write(10);
  write(20, "good one");
  write(20);
  write(30);
  EXPECT_EQ(store_.find("")->label.step, 30);
  EXPECT_EQ(store_.find("10")->label.step, 10);
  EXPECT_EQ(store_.find("good one")->label.name, "good one");
  EXPECT_EQ(store_.find("good-one")->label.name, "good one") << "as its file is called";
  EXPECT_EQ(store_.find("20")->label.name, "");
  EXPECT_THAT(refusal("21"), AllOf(HasSubstr(folder_.path().native()), HasSubstr("no checkpoint '21'"),
                                   HasSubstr("there are 30, 20 (good one), 20, 10")));
  EXPECT_THAT(refusal("-1"), HasSubstr("no checkpoint '-1'"));
  EXPECT_THAT(refusal("99999999999999999999"), HasSubstr("no checkpoint"));
}

TEST_F(CheckpointStoreTest, TheNewestThatIsWholeIsRead) {
  write(10);
  write(20);
  const fs::path newest = write(30).file;
  EXPECT_EQ(store_.read("")->checkpoint.trainer.step, 30);
  fs::resize_file(newest, fs::file_size(newest) - 1);
  {
    std::fstream numbers(store_.folder() / "step-000000020.safetensors",
                         std::ios::in | std::ios::out | std::ios::binary);
    numbers.seekp(-1, std::ios::end);
    numbers.put('\x7f');
  }
  const auto found = store_.read("");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->checkpoint.trainer.step, 10);
  EXPECT_THAT(found->passed_over, ElementsAre(HasSubstr("step-000000030"), HasSubstr("step-000000020")));
  const auto asked = store_.read("20");
  ASSERT_FALSE(asked) << "who names one gets that or a message";
  EXPECT_THAT(asked.error().message, HasSubstr("checksum"));
  fs::resize_file(store_.folder() / "step-000000010.safetensors", 3);
  EXPECT_THAT(store_.read("").error().message, HasSubstr("no checkpoint that is whole"));
}

// Two versions share runs: the earlier one neither goes on over what the later one learned nor writes over it.
TEST_F(CheckpointStoreTest, WhatALaterVersionKeptIsSaidAndStays) {
  write(10);
  const CheckpointHeader newest = write(30);
  EXPECT_FALSE(store_.gone_on_by_later());
  test::label_checkpoint(newest.file);
  EXPECT_TRUE(is_of_later_version(newest.file));
  const auto refused = store_.read("");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("written by switchyard 9.10.1"), HasSubstr("step-000000010"),
                    HasSubstr(folder_.path().native() + "@STEP")));
  EXPECT_EQ(store_.gone_on_by_later()->message, refused.error().message);
  ASSERT_TRUE(store_.read("10")) << "whoever says so goes on from there";
  const std::string before = test::text_of_file(newest.file);
  EXPECT_EQ(write(30).file.filename(), "step-000000030-2.safetensors");
  EXPECT_EQ(test::text_of_file(newest.file), before);

  // Damaged, or of an earlier one that this cannot read either: passed over, as ever.
  test::label_checkpoint(newest.file, R"({"format": 2, "program": "0.0.9"})");
  fs::remove(folder_.path() / kCheckpointFolder / "step-000000030-2.safetensors");
  const auto older = store_.read("");
  ASSERT_TRUE(older) << older.error().message;
  EXPECT_EQ(older->checkpoint.label.step, 10);
  EXPECT_FALSE(store_.gone_on_by_later());

  // All that is there.
  for (const CheckpointHeader& at : store_.list().checkpoints) test::label_checkpoint(at.file);
  EXPECT_THAT(store_.read("").error().message,
              AllOf(HasSubstr("written by switchyard 9.10.1"), HasSubstr("none that is here can be read")));
  EXPECT_TRUE(store_.gone_on_by_later());
}

TEST_F(CheckpointStoreTest, KeepsWithinABudgetWhatIsNotPinned) {
  std::uint64_t bytes = 0;
  for (int step = 10; step <= 200; step += 10)
    bytes = write(step, step == 30 ? "mine" : "", step == 50 ? 0.5 : 1).bytes;
  const std::int64_t undo[] = {70};
  const CheckpointStore::Kept kept = store_.keep_within(8 * bytes, undo);
  EXPECT_EQ(kept.warning, "");
  EXPECT_LE(kept.bytes, 8 * bytes);
  std::vector<std::int64_t> steps;
  for (const CheckpointHeader& at : store_.list().checkpoints) steps.push_back(at.label.step);
  EXPECT_THAT(steps, testing::IsSupersetOf({30, 50, 70, 190, 200}));
  EXPECT_EQ(steps.size(), 20 - kept.dropped);
  const CheckpointStore::Kept none = store_.keep_within(bytes, undo);
  EXPECT_EQ(listed().size(), 5u) << "the newest two, mine, the best, undo's";
  EXPECT_THAT(none.warning, AllOf(HasSubstr("must stay"), HasSubstr(store_.folder().native())));
}

TEST_F(CheckpointStoreTest, LeftoversOfAKilledWriteAreCleared) {
  write(10);
  for (const char* name : {".4711-0a1b2c3d.tmp", ".1-zzzzzzzz.tmp", ".tmp", "4711-0a1b2c3d.tmp",
                           ".4711-0a1b2c3.tmp", ".x-0a1b2c3d.tmp"})
    ASSERT_TRUE(replace_file(store_.folder() / name, "half"));
  clear_leftovers(store_.folder());
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(store_.folder())) names.push_back(entry.path().filename());
  EXPECT_THAT(names, testing::UnorderedElementsAre("step-000000010.safetensors", ".tmp", "4711-0a1b2c3d.tmp",
                                                   ".4711-0a1b2c3.tmp", ".x-0a1b2c3d.tmp"))
      << "another's files stay";
}

// --- which are dropped

std::vector<KeptCheckpoint> every(std::int64_t interval, int count) {
  std::vector<KeptCheckpoint> all;
  for (int i = 1; i <= count; ++i) all.push_back({i * interval, 10, kMissing, false});
  return all;
}
std::vector<std::int64_t> staying(const std::vector<KeptCheckpoint>& all, std::uint64_t budget) {
  const Thinning plan = thin_checkpoints(std::span(&all, 1), budget);
  std::vector<std::int64_t> steps;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (std::find(plan.drop.begin(), plan.drop.end(), std::pair(std::size_t{0}, i)) == plan.drop.end())
      steps.push_back(all[i].step);
  return steps;
}

TEST(CheckpointThinning, DropsNothingThatFits) {
  EXPECT_EQ(staying(every(10, 5), 50).size(), 5u);
  EXPECT_EQ(staying(every(10, 5), 49).size(), 4u);
  EXPECT_THAT(staying({}, 0), IsEmpty());
}

// Of steps 1 to 1024 ten stay: ages near 1, 2, 4, ... 1024.
TEST(CheckpointThinning, IsEvenInTheLogarithmOfAge) {
  const auto steps = staying(every(1, 1024), 100);
  ASSERT_EQ(steps.size(), 10u);
  std::vector<double> gaps;
  for (std::size_t i = 0; i + 1 < steps.size(); ++i)
    gaps.push_back(std::log2(static_cast<double>(1025 - steps[i]) / static_cast<double>(1025 - steps[i + 1])));
  gaps.push_back(std::log2(1025.0 / static_cast<double>(1025 - steps[0])));
  EXPECT_LT(*std::max_element(gaps.begin(), gaps.end()), 2.5);
  EXPECT_NEAR(std::accumulate(gaps.begin(), gaps.end(), 0.0), std::log2(1025.0), 1e-9);
  EXPECT_EQ(steps[8], 1023);
  EXPECT_EQ(steps[9], 1024);
}

// As a run goes on: thinned at every write it stays as even as at one go.
TEST(CheckpointThinning, StaysEvenAsARunGoesOn) {
  std::vector<KeptCheckpoint> all;
  for (std::int64_t step = 10; step <= 20'000; step += 10) {
    all.push_back({step, 10, kMissing, false});
    const Thinning plan = thin_checkpoints(std::span(&all, 1), 120);
    for (const auto& [run, index] : plan.drop) all.erase(all.begin() + static_cast<std::ptrdiff_t>(index));
  }
  ASSERT_EQ(all.size(), 12u);
  EXPECT_LT(all.front().step, 12'000) << "the distant past is not forgotten";
  for (std::size_t i = 0; i + 2 < all.size(); ++i)
    EXPECT_LT(static_cast<double>(20'001 - all[i].step) / static_cast<double>(20'001 - all[i + 1].step), 16)
        << all[i].step;
}

TEST(CheckpointThinning, NeverTheNewestTwoThePinnedOrTheBest) {
  auto all = every(100, 10);
  all[2].pinned = true;
  all[4].val_loss = 0.5;
  all[5].val_loss = 0.7;
  const Thinning plan = thin_checkpoints(std::span(&all, 1), 1);
  EXPECT_TRUE(plan.over_budget);
  EXPECT_EQ(plan.bytes, 40u);
  EXPECT_THAT(staying(all, 1), ElementsAre(300, 500, 900, 1000));
  EXPECT_THAT(thinning_warning(plan, 1, "runs"), AllOf(HasSubstr("runs"), HasSubstr("must stay")));
  EXPECT_FALSE(thin_checkpoints(std::span(&all, 1), 40).over_budget);
}

TEST(CheckpointThinning, TheRunThatHoldsMostGivesFirst) {
  const std::vector<std::vector<KeptCheckpoint>> runs{every(10, 3), every(10, 10), every(10, 4)};
  const Thinning plan = thin_checkpoints(runs, 120);
  EXPECT_EQ(plan.bytes, 120u);
  EXPECT_EQ(plan.drop.size(), 5u);
  for (const auto& [run, index] : plan.drop) EXPECT_EQ(run, 1u);
}

TEST(CheckpointThinning, TheNextIsDueByWhatTheLastCost) {
  EXPECT_EQ(least_interval_s(0, 2), 0);
  EXPECT_EQ(least_interval_s(0.2, 1), 20);
  EXPECT_EQ(least_interval_s(2, 2), 100);
  EXPECT_EQ(least_interval_s(2, 0), 200);
}

// --- one process at a time

TEST(RunLock, ASecondWriterIsToldWhoHoldsTheRun) {
  const test::TemporaryFolder folder;
  EXPECT_FALSE(is_run_held(folder.path()));
  {
    const auto lock = RunLock::take(folder.path());
    ASSERT_TRUE(lock);
    EXPECT_TRUE(is_run_held(folder.path()));
    const auto second = RunLock::take(folder.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::usage);
    EXPECT_THAT(second.error().message,
                AllOf(HasSubstr(folder.path().native()), HasSubstr("process " + std::to_string(getpid()))));
  }
  EXPECT_FALSE(is_run_held(folder.path()));
  EXPECT_TRUE(RunLock::take(folder.path()));
}

TEST(RunLock, EndsWithItsProcessHoweverThatEnds) {
  const test::TemporaryFolder folder;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = RunLock::take(folder.path());
    if (write(ready[1], lock ? "y" : "n", 1) != 1) _exit(1);
    while (true) pause();
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  const auto second = RunLock::take(folder.path());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(child) + ";"));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(RunLock::take(folder.path()));
  close(ready[0]), close(ready[1]);
}

// A change that records nothing: nobody who follows the run takes it for a writer.
TEST(RunLock, OneThatIsBorrowedIsHeldByNobodyAndTakenByNobody) {
  const test::TemporaryFolder folder;
  {
    const auto borrowed = RunLock::borrow(folder.path()), twice = RunLock::borrow(folder.path());
    ASSERT_TRUE(borrowed && twice);
    EXPECT_FALSE(is_run_held(folder.path()));
    EXPECT_FALSE(RunLock::take(folder.path()));
  }
  const auto taken = RunLock::take(folder.path());
  ASSERT_TRUE(taken);
  EXPECT_THAT(RunLock::borrow(folder.path()).error().message, HasSubstr("process " + std::to_string(getpid())));
}

// Who only asks never keeps a writer from it.
TEST(RunLock, AskingDoesNotHold) {
  const test::TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0)
    while (true) is_run_held(folder.path()), usleep(200);
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(RunLock::take(folder.path()));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST(RunLock, WhereNothingCanBeWrittenItSaysSo) {
  const auto lock = RunLock::take("/nowhere/at/all");
  ASSERT_FALSE(lock);
  EXPECT_THAT(lock.error().message, AllOf(HasSubstr("/nowhere/at/all"), HasSubstr("No such file")));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
