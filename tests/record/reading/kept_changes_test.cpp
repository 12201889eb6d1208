// What a person changes of what is kept: named, deleted, put back; and what is refused.
#include "core/record/reading/kept_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_lock.h"
#include "core/record/folder/trash.h"
#include "tests/support/small_checkpoint.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::text_of_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = KeptChange::Kind;

class KeptChanges : public testing::Test {
 protected:
  KeptChanges() { describe("run", "mine", ""); }
  void describe(const std::string& name, const std::string& id, const std::string& parent) {
    scratch_.write(name + "/config.json", R"({"run": ")" + id + R"(", "parent": )" +
                                              (parent.empty() ? "null" : parent) + R"(, "config": {}})");
  }
  fs::path write(std::int64_t step, const std::string& name = {}, const std::string& run = "run") {
    Checkpoint made = test::small_checkpoint(step, 100'000);
    made.label.run = run == "run" ? "mine" : run;
    made.label.name = name;
    const auto written = CheckpointStore(scratch_.path() / run).write(made);
    EXPECT_TRUE(written) << (written ? "" : written.error().message);
    return written->file;
  }
  std::vector<std::string> kept() const {
    std::vector<std::string> names;
    for (const CheckpointHeader& one : store_.list().checkpoints)
      names.push_back(one.file.filename().native() + " " + one.label.name);
    return names;
  }
  static std::string refused(const KeptChange& change, const HeldHere& held = {}) {
    return change_kept(change, held).refused;
  }

  test::TemporaryFolder scratch_;
  fs::path run_ = scratch_.path() / "run";
  CheckpointStore store_{run_};
};

TEST_F(KeptChanges, AStepIsNamedAndItsNameTakenOff) {
  const fs::path file = write(10);
  const std::string before = text_of_file(file);
  const KeptChanged named = change_kept({Kind::name, file, "before lunch"});
  EXPECT_EQ(named.refused, "");
  EXPECT_EQ(named.step, 10);
  EXPECT_EQ(named.run, "mine");
  EXPECT_EQ(named.place, (run_ / "checkpoints/step-000000010-before-lunch.safetensors").native());
  EXPECT_THAT(kept(), ElementsAre("step-000000010-before-lunch.safetensors before lunch"));
  // Every number, every other word of it is as it was.
  auto read = store_.read("before lunch");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->checkpoint.label.why, "at intervals");
  EXPECT_EQ(read->checkpoint.label.written_unix_s, 1'795'878'720);
  const std::int64_t pinned[] = {0};
  EXPECT_EQ(store_.keep_within(0, pinned).dropped, 0u);
  EXPECT_EQ(change_kept({Kind::name, named.place, ""}).refused, "");
  EXPECT_THAT(kept(), ElementsAre("step-000000010.safetensors "));
  EXPECT_EQ(text_of_file(file), before) << "to the byte";
}

TEST_F(KeptChanges, OfOneStepTwoDoNotShareAName) {
  write(10, "mine");
  const fs::path file = write(10), other = write(20);
  EXPECT_THAT(refused({Kind::name, file, "mine"}), HasSubstr("step 10 is kept as 'mine' already"));
  EXPECT_EQ(refused({Kind::name, other, "mine"}), "") << "of another step, as Ctrl+S does";
  EXPECT_EQ(store_.find("mine")->label.step, 20);
  EXPECT_EQ(refused({Kind::name, file, "m/ine"}), "");
  EXPECT_EQ(refused({Kind::name, run_ / "checkpoints/step-000000010-m-ine.safetensors", "m ine"}), "");
  write(10);
  EXPECT_EQ(refused({Kind::name, run_ / "checkpoints/step-000000010-m-ine.safetensors", ""}), "");
  EXPECT_THAT(kept(), ElementsAre("step-000000010-2.safetensors ", "step-000000010.safetensors ",
                                  "step-000000010-mine.safetensors mine", "step-000000020-mine.safetensors mine"));
}

TEST_F(KeptChanges, ADamagedOneIsNotNamed) {
  const fs::path file = write(10);
  std::string bytes = text_of_file(file);
  bytes[bytes.size() - 5] ^= 1;
  std::ofstream(file, std::ios::binary) << bytes;
  EXPECT_THAT(refused({Kind::name, file, "mine"}), HasSubstr("checksum of its numbers"));
  EXPECT_EQ(text_of_file(file), bytes);
  EXPECT_EQ(std::distance(fs::directory_iterator(file.parent_path()), fs::directory_iterator()), 1)
      << "nothing is left beside it";
  fs::create_symlink(file, run_ / "checkpoints/step-000000020.safetensors");
  EXPECT_THAT(refused({Kind::name, run_ / "checkpoints/step-000000020.safetensors", "mine"}),
              HasSubstr("no regular file"));
}

TEST_F(KeptChanges, AStepIsDeletedAndPutBack) {
  write(10);
  write(20);
  const fs::path file = write(30);
  const KeptChanged gone = change_kept({Kind::remove, file});
  EXPECT_EQ(gone.refused, "");
  EXPECT_EQ(gone.step, 30);
  EXPECT_EQ(gone.run_folder, run_.native());
  EXPECT_THAT(gone.notes, ElementsAre(HasSubstr("go on from step 20")));
  EXPECT_EQ(kept().size(), 2u);
  const KeptChanged back = change_kept({Kind::put_back, gone.place});
  EXPECT_EQ(back.refused, "");
  EXPECT_EQ(back.step, 30);
  EXPECT_EQ(back.place, file.native());
  EXPECT_EQ(back.run, "mine");
  EXPECT_EQ(kept().size(), 3u);
  EXPECT_THAT(change_kept({Kind::remove, run_ / "checkpoints/step-000000010.safetensors"}).notes, IsEmpty());
  EXPECT_THAT(refused({Kind::remove, run_ / "checkpoints/step-000000010.safetensors"}),
              HasSubstr("step-000000010"));
  EXPECT_THAT(refused({Kind::remove, run_ / "config.json"}), HasSubstr("no checkpoint"));
  EXPECT_THAT(refused({Kind::put_back, gone.place}), HasSubstr("not in the trash"));
}

TEST_F(KeptChanges, WhatAChildCannotGoOnWithoutStays) {
  const fs::path fork = write(10), other = write(20);
  describe("child", "child", R"({"run": "mine", "step": 10})");
  EXPECT_THAT(refused({Kind::remove, fork}),
              AllOf(HasSubstr("child began here"), HasSubstr("keeps nothing of its own")));
  EXPECT_THAT(refused({Kind::remove_run, run_}), HasSubstr("child began here"));
  EXPECT_EQ(refused({Kind::remove, other}), "");
  write(12, "", "child");
  const KeptChanged gone = change_kept({Kind::remove, fork});
  EXPECT_EQ(gone.refused, "");
  EXPECT_THAT(gone.notes, ElementsAre(HasSubstr("Nothing else"), HasSubstr("checkpoint of its own")));
  EXPECT_THAT(change_kept({Kind::remove_run, run_}).notes,
              ElementsAre(HasSubstr("The run that began from it stays")));
}

TEST_F(KeptChanges, AWholeRunIsDeletedAndPutBack) {
  const fs::path file = write(10);
  const std::string bytes = text_of_file(file);
  const KeptChanged step = change_kept({Kind::remove, file});
  const KeptChanged gone = change_kept({Kind::remove_run, run_.native() + "/"});
  EXPECT_EQ(gone.refused, "");
  EXPECT_TRUE(gone.is_run);
  EXPECT_EQ(gone.run, "mine");
  EXPECT_FALSE(fs::exists(run_));
  EXPECT_THAT(refused({Kind::put_back, step.place}), HasSubstr("put it back first"));
  const KeptChanged back = change_kept({Kind::put_back, gone.place});
  EXPECT_EQ(back.refused, "");
  EXPECT_TRUE(back.is_run);
  EXPECT_EQ(back.place, run_.native());
  EXPECT_EQ(refused({Kind::put_back, step.place}), "");
  EXPECT_EQ(text_of_file(file), bytes);
  EXPECT_THAT(refused({Kind::remove_run, scratch_.path() / "nothing"}), HasSubstr("config.json"));
}

// Of two processes the one that holds the run alone changes it.
TEST_F(KeptChanges, ARunThatAnotherProcessHoldsIsLeftAlone) {
  const fs::path file = write(10);
  int ready[2], done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = RunLock::take(run_);
    char byte = lock ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
    ::close(done[1]);
    ::_exit(::read(done[0], &byte, 1) == 0 ? 0 : 1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  for (const KeptChange& change :
       {KeptChange{Kind::remove, file}, KeptChange{Kind::name, file, "x"}, KeptChange{Kind::remove_run, run_}})
    EXPECT_THAT(refused(change), HasSubstr("another process holds this run"));
  ::close(done[0]);
  ::close(done[1]);
  ::waitpid(child, nullptr, 0);
  const KeptChanged gone = change_kept({Kind::remove, file});
  EXPECT_EQ(gone.refused, "") << "it has let go";
  // What is held here needs no lock; a whole run that is held here stays.
  const auto lock = RunLock::take(run_);
  ASSERT_TRUE(lock);
  const HeldHere here = [&](const fs::path& folder) { return folder == run_; };
  EXPECT_THAT(refused({Kind::put_back, gone.place}), HasSubstr("another process"));
  EXPECT_EQ(refused({Kind::put_back, gone.place}, here), "");
  EXPECT_EQ(refused({Kind::name, file, "x"}, here), "");
  EXPECT_THAT(refused({Kind::remove_run, run_}, here), HasSubstr("this window records it"));
}

// Killed at any moment, it is there once, whole, with the one name or the other.
TEST_F(KeptChanges, AKillWhileItIsNamedLosesNothing) {
  write(10);
  for (int round = 0; round < 30; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      while (true)
        for (const char* name : {"", "a", "b c"})
          for (const CheckpointHeader& one : store_.list().checkpoints)
            (void)change_kept({Kind::name, one.file, name});
    }
    std::this_thread::sleep_for(std::chrono::microseconds(4000 + 331 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const CheckpointStore::Listing all = store_.list();
    ASSERT_EQ(all.checkpoints.size(), 1u) << round;
    ASSERT_THAT(all.damaged, IsEmpty());
    const auto read = store_.read("10");
    ASSERT_TRUE(read) << read.error().message;
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
