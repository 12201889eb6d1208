// What a person deletes: moved away whole, put back, gone after 30 days; and what a kill leaves of that.
#include "core/record/folder/trash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "core/record/reading/checkpoint_budget.h"
#include "core/record/reading/run_list.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::text_of_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kNow = 1'795'000'000, kDay = 24 * 3600;

class TrashTest : public testing::Test {
 protected:
  std::vector<std::string> names_in(const fs::path& folder) const {
    std::vector<std::string> names;
    std::error_code code;
    for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code))
      names.push_back(at->path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string refusal(const fs::path& item) const {
    const auto taken = trash_.take(item, kNow);
    return taken ? "taken to " + taken->entry.native() : taken.error().message;
  }

  test::TemporaryFolder scratch_;
  fs::path runs_ = scratch_.path();
  fs::path file_ = runs_ / "run/checkpoints/step-000000010.safetensors";
  Trash trash_{runs_};
};

TEST_F(TrashTest, AFileGoesAndComesBack) {
  scratch_.write("run/checkpoints/step-000000010.safetensors", "ten");
  const auto taken = trash_.take(file_, kNow);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_THAT(names_in(file_.parent_path()), IsEmpty());
  EXPECT_EQ(taken->entry.parent_path(), runs_ / ".trash");
  EXPECT_THAT(taken->entry.filename().native(), testing::StartsWith("20261118T110640Z-"));
  EXPECT_THAT(names_in(taken->entry), ElementsAre("note.json", "step-000000010.safetensors"));
  EXPECT_EQ(trash_.bytes(), 3 + fs::file_size(taken->entry / "note.json"));
  ASSERT_EQ(trash_.list().size(), 1u);
  EXPECT_EQ(trash_.list()[0].from, file_);
  EXPECT_EQ(trash_.list()[0].deleted_unix_s, kNow);
  fs::remove(file_.parent_path());  // a folder that is empty may go
  const auto back = trash_.put_back(taken->entry);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, file_);
  EXPECT_EQ(text_of_file(file_), "ten");
  EXPECT_THAT(names_in(runs_ / ".trash"), IsEmpty());
  EXPECT_THAT(trash_.put_back(taken->entry).error().message, HasSubstr("not in the trash any more"));
}

TEST_F(TrashTest, WhereTheNameIsTakenByThenItGetsANumber) {
  scratch_.write("run/checkpoints/step-000000010.safetensors", "old");
  const auto taken = trash_.take(file_);
  ASSERT_TRUE(taken);
  scratch_.write("run/checkpoints/step-000000010.safetensors", "new");
  EXPECT_EQ(*trash_.put_back(taken->entry), file_.parent_path() / "step-000000010-2.safetensors");
  EXPECT_EQ(text_of_file(file_), "new");
  const auto run = trash_.take(runs_ / "run");
  ASSERT_TRUE(run) << run.error().message;
  scratch_.write("run/other", "");
  EXPECT_EQ(*trash_.put_back(run->entry), runs_ / "run-2");
  EXPECT_EQ(text_of_file(runs_ / "run-2/checkpoints/step-000000010-2.safetensors"), "old");
}

TEST_F(TrashTest, NothingInItIsARunOrCountsAsOne) {
  scratch_.write("run/config.json", R"({"run": "a", "parent": null, "config": {}})");
  scratch_.write("run/metrics.csv", "step,loss\n1,2\n");
  scratch_.write("run/checkpoints/step-000000010.safetensors", "ten");
  ASSERT_EQ(list_runs(runs_, 10).size(), 1u);
  ASSERT_EQ(checkpoint_bytes(runs_), 3u);
  ASSERT_TRUE(trash_.take(runs_ / "run"));
  EXPECT_THAT(list_runs(runs_, 10), IsEmpty());
  EXPECT_EQ(checkpoint_bytes(runs_), 0u);
}

TEST_F(TrashTest, LinksAreLeftAlone) {
  scratch_.write("run/checkpoints/real", "real");
  scratch_.write("elsewhere/file", "mine");
  fs::create_symlink(runs_ / "run/checkpoints/real", file_);
  EXPECT_THAT(refusal(file_), HasSubstr("is a link"));
  fs::create_directory_symlink(runs_ / "run", runs_ / "linked");
  EXPECT_THAT(refusal(runs_ / "linked"), HasSubstr("is a link"));
  EXPECT_THAT(refusal(runs_ / "gone"), HasSubstr("not there any more"));
  EXPECT_THAT(refusal(runs_.parent_path() / "other"), HasSubstr("not there"));
  EXPECT_THAT(refusal(runs_.parent_path()), HasSubstr("does not lie in"));
  fs::create_directory_symlink(runs_ / "elsewhere", runs_ / ".trash");
  EXPECT_THAT(refusal(runs_ / "run"), HasSubstr(".trash: is no folder"));
  EXPECT_THAT(names_in(runs_ / "elsewhere"), ElementsAre("file"));
  EXPECT_EQ(trash_.shrink_to(0), 0u);
  fs::remove(runs_ / ".trash");
  // A run that holds a link: what it points to stays.
  fs::create_directory_symlink(runs_ / "elsewhere", runs_ / "run/beside");
  ASSERT_TRUE(trash_.take(runs_ / "run", kNow));
  EXPECT_EQ(trash_.empty_old(kNow + 31 * kDay), 1u);
  EXPECT_THAT(names_in(runs_ / "elsewhere"), ElementsAre("file"));
}

TEST_F(TrashTest, GoesAfterThirtyDays) {
  for (int day = 0; day < 3; ++day) {
    const std::string name = "run" + std::to_string(day);
    scratch_.write(name + "/metrics.csv", "step\n");
    ASSERT_TRUE(trash_.take(runs_ / name, kNow + day * kDay));
  }
  EXPECT_EQ(trash_.empty_old(kNow + 30 * kDay), 0u);
  EXPECT_EQ(trash_.empty_old(kNow + 30 * kDay + 1), 1u);
  ASSERT_EQ(trash_.list().size(), 2u);
  EXPECT_EQ(trash_.list()[0].from, runs_ / "run1") << "the oldest first";
  EXPECT_EQ(trash_.empty_old(0), 0u) << "a clock that went back";
  scratch_.write(".trash/mine/file", "a person's");
  EXPECT_EQ(trash_.empty_old(kNow + 100 * kDay), 2u);
  EXPECT_THAT(names_in(runs_ / ".trash"), ElementsAre("mine"));
}

TEST_F(TrashTest, TheOldestGoesWhereRoomIsShort) {
  for (int i = 0; i < 3; ++i) {
    const std::string name = "run" + std::to_string(i);
    scratch_.write(name + "/file", std::string(10'000, 'x'));
    ASSERT_TRUE(trash_.take(runs_ / name, kNow + i));
  }
  EXPECT_EQ(trash_.shrink_to(40'000), 0u);
  EXPECT_EQ(trash_.shrink_to(25'000), 1u);
  EXPECT_EQ(trash_.list()[0].from, runs_ / "run1");
  EXPECT_EQ(trash_.make_room(1), 0u);
  EXPECT_EQ(trash_.make_room(std::uint64_t{1} << 62), 2u);
  EXPECT_EQ(trash_.bytes(), 0u);
}

// What is deleted counts in the budget of all runs, and goes before what is not.
TEST_F(TrashTest, GivesBeforeAnythingThatIsNotDeleted) {
  scratch_.write("run/checkpoints/step-000000010.safetensors", std::string(1000, 'x'));
  scratch_.write("other/checkpoints/step-000000010.safetensors", std::string(1000, 'x'));
  ASSERT_TRUE(trash_.take(runs_ / "other", kNow));
  EXPECT_EQ(keep_runs_within(runs_, 3000, {}, {}).bytes, 1000u);
  EXPECT_EQ(trash_.list().size(), 1u);
  EXPECT_EQ(keep_runs_within(runs_, 1500, {}, {}).bytes, 1000u);
  EXPECT_THAT(trash_.list(), IsEmpty());
  EXPECT_TRUE(fs::exists(file_));
}

TEST_F(TrashTest, ANoteIsReadWithoutTrust) {
  scratch_.write("run/file", "x");
  const auto taken = trash_.take(runs_ / "run", kNow);
  ASSERT_TRUE(taken);
  for (const char* note : {"", "{", "{}", R"({"from": 3})", R"({"from": ""})", R"({"from": "/etc/run"})",
                           R"({"from": "../run"})", R"({"from": "a/../../run"})", R"({"from": "."})",
                           R"({"from": "note.json"})", R"({"from": "run/"})", R"({"from": "other"})"}) {
    std::ofstream(taken->entry / "note.json") << note;
    EXPECT_FALSE(trash_.put_back(taken->entry)) << note;
    EXPECT_THAT(trash_.list(), IsEmpty());
    EXPECT_EQ(text_of_file(taken->entry / "run/file"), "x");
  }
  // Nobody throws away what only its note has lost.
  EXPECT_EQ(trash_.empty_old(kNow + 2 * kDay), 0u);
}

TEST_F(TrashTest, AnotherFileSystemIsSaid) {
  struct stat here {
  }, there{};
  ASSERT_EQ(::stat("/dev/shm", &there), 0);
  ASSERT_EQ(::stat(runs_.c_str(), &here), 0);
  ASSERT_NE(here.st_dev, there.st_dev) << "a temporary folder that is in /dev/shm itself";
  std::string name = "/dev/shm/switchyard-test-XXXXXX";
  ASSERT_TRUE(::mkdtemp(name.data()));
  std::ofstream(name + "/file") << "far";
  fs::create_directory_symlink(name, runs_ / "run");
  EXPECT_THAT(refusal(runs_ / "run/file"), AllOf(HasSubstr("another file system"), HasSubstr(".trash")));
  EXPECT_EQ(text_of_file(name + "/file"), "far");
  EXPECT_THAT(names_in(runs_ / ".trash"), IsEmpty());
  fs::remove_all(name);
}

// As nobody, for whom a folder's rights count.
TEST_F(TrashTest, AFolderThatCannotBeWrittenToIsSaid) {
  scratch_.write("run/checkpoints/step-000000010.safetensors", "ten");
  const auto in_child = [&](const auto& call) {
    const pid_t child = ::fork();
    if (child == 0) {
      if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(3);
      ::_exit(call() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 9;
  };
  fs::permissions(runs_, fs::perms(0555));
  EXPECT_EQ(
      in_child([&] { return refusal(file_).find("make the trash: Permission denied") != std::string::npos; }), 0)
      << refusal(runs_ / "gone");
  fs::permissions(runs_, fs::perms(0777));
  fs::permissions(file_.parent_path(), fs::perms(0555));
  EXPECT_EQ(in_child([&] {
              return refusal(file_).find("move it to the trash: Permission denied") != std::string::npos;
            }),
            0);
  EXPECT_EQ(in_child([&] { return trash_.list().empty(); }), 0);
  fs::permissions(file_.parent_path(), fs::perms(0755));
  EXPECT_EQ(text_of_file(file_), "ten");
  EXPECT_THAT(names_in(runs_ / ".trash"), IsEmpty()) << "no entry is left of what was refused";
}

// Killed at any moment, what was deleted is where it was or in one entry that says where that is.
TEST_F(TrashTest, AKillLosesNothing) {
  scratch_.write("run/checkpoints/step-000000010.safetensors", "ten");
  for (int round = 0; round < 40; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      while (true) {
        for (const Trashed& one : trash_.list()) (void)trash_.put_back(one.entry);
        (void)trash_.take(file_);
      }
    }
    std::this_thread::sleep_for(std::chrono::microseconds(1500 + 137 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const std::vector<Trashed> kept = trash_.list();
    ASSERT_EQ(kept.size() + (fs::exists(file_) ? 1 : 0), 1u) << round;
    for (const Trashed& one : kept) {
      EXPECT_EQ(one.from, file_);
      EXPECT_EQ(text_of_file(one.entry / file_.filename()), "ten");
    }
  }
  // What is left of entries without anything in them goes; what was deleted stays.
  const std::int64_t later =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count() +
      2 * Trash::kAtWork_s;
  const std::size_t kept = trash_.list().size();
  EXPECT_EQ(trash_.empty_old(later), 0u);
  EXPECT_EQ(names_in(runs_ / ".trash").size(), kept);
  EXPECT_EQ(trash_.list().size(), kept);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
