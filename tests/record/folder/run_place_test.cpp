#include "core/record/folder/run_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <latch>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(RunPlace, RefusesFoldersItCannotUse) {
  const test::TemporaryFolder folder;
  const auto error = [](const fs::path& at) {
    const auto made = RunPlace::claim(at);
    if (made) return std::string("accepted");
    EXPECT_EQ(made.error().kind, ErrorKind::usage);
    EXPECT_THAT(made.error().message, HasSubstr(at.string()));
    return made.error().message;
  };
  ASSERT_TRUE(replace_file(folder.path() / "file", "x"));
  fs::create_symlink("loop", folder.path() / "loop");
  fs::create_symlink("nothing", folder.path() / "dangling");
  EXPECT_THAT(error(folder.path()), HasSubstr("not empty"));
  EXPECT_THAT(error(folder.path() / "file"), HasSubstr("not a folder"));
  EXPECT_THAT(error(folder.path() / "file" / "run"), HasSubstr("cannot record"));
  EXPECT_THAT(error("/proc/switchyard-run"), HasSubstr("cannot record"));
  EXPECT_THAT(error(""), HasSubstr("no name"));
  EXPECT_THAT(error(folder.path() / "loop"), HasSubstr("symbolic link"));
  EXPECT_THAT(error(folder.path() / "loop" / "run"), HasSubstr("symbolic link"));
  EXPECT_THAT(error(folder.path() / "dangling"), HasSubstr("No such file"));
  EXPECT_THAT(error(folder.path() / std::string(300, 'n')), HasSubstr("too long"));
  EXPECT_THAT(error(folder.path() / std::string(300, 'n') / "run"), HasSubstr("too long"));
  EXPECT_THAT(error("/" + std::string(5000, 'n')), HasSubstr("too long"));
  fs::create_directory(folder.path() / "empty");
  fs::create_symlink("empty", folder.path() / "link");
  EXPECT_EQ(error(folder.path() / "link"), "accepted");
  EXPECT_THAT(error(folder.path() / "empty"), HasSubstr("not empty")) << "taken through the link";
  EXPECT_EQ(error(folder.path() / "new" / "run/"), "accepted");
  EXPECT_THAT(error(folder.path() / "new" / "run"), HasSubstr("not empty"));
}

// Whether they make it or find it empty: of all that want one folder at one moment exactly one gets it.
TEST(RunPlace, BelongsToExactlyOne) {
  const test::TemporaryFolder folder;
  constexpr int kWanting = 4;
  for (int round = 0; round < 60; ++round) {
    const fs::path path = folder.path() / std::to_string(round);
    if (round % 2 == 1) fs::create_directory(path);
    std::atomic<int> winners = 0;
    std::latch together(kWanting);
    std::vector<std::thread> wanting;
    for (int i = 0; i < kWanting; ++i)
      wanting.emplace_back([&] {
        together.arrive_and_wait();
        const auto claimed = RunPlace::claim(path);
        if (claimed) ++winners;
        else EXPECT_EQ(claimed.error().kind, ErrorKind::usage);
      });
    for (std::thread& thread : wanting) thread.join();
    EXPECT_EQ(winners, 1) << "round " << round;
  }
}

TEST(RunPlace, IsTakenAnewWhereItIsGoneAndMovesWhereItIsAnothers) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "run";
  auto place = RunPlace::claim(path);
  ASSERT_TRUE(place);
  EXPECT_TRUE(place->is_in_place());
  fs::rename(path, folder.path() / "aside");
  EXPECT_FALSE(place->is_in_place());
  ASSERT_TRUE(place->restore());
  EXPECT_EQ(place->path(), path);
  EXPECT_TRUE(fs::exists(path / kEventsFile));
  fs::remove_all(path);
  ASSERT_TRUE(RunPlace::claim(path)) << "another run";
  ASSERT_TRUE(place->restore());
  EXPECT_NE(place->path(), path);
  EXPECT_TRUE(place->path().native().starts_with(path.native() + "-"));
  EXPECT_TRUE(place->is_in_place());
}

TEST(RunsDirectory, FollowsTheBaseDirectorySpecification) {
  const auto keep = [](const char* name) {
    const char* value = ::getenv(name);
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  const auto restore = [](const char* name, const std::optional<std::string>& value) {
    if (value) ::setenv(name, value->c_str(), 1);
    else ::unsetenv(name);
  };
  const auto data = keep("XDG_DATA_HOME"), home = keep("HOME");
  ::setenv("HOME", "/home/ada", 1);
  ::setenv("XDG_DATA_HOME", "/data", 1);
  EXPECT_EQ(default_runs_directory(), "/data/switchyard/runs");
  ::setenv("XDG_DATA_HOME", "relative", 1);
  EXPECT_EQ(default_runs_directory(), "/home/ada/.local/share/switchyard/runs");
  ::unsetenv("XDG_DATA_HOME");
  EXPECT_EQ(default_runs_directory(), "/home/ada/.local/share/switchyard/runs");
  ::unsetenv("HOME");
  EXPECT_TRUE(default_runs_directory().is_absolute());
  restore("XDG_DATA_HOME", data);
  restore("HOME", home);
}

TEST(RunsDirectory, NamesRunsByTimeAndLabel) {
  const test::TemporaryFolder folder;
  const auto path = new_run_folder(folder.path(), "/some/where/my text.txt");
  EXPECT_EQ(path.parent_path(), folder.path());
  EXPECT_THAT(path.filename().string(), testing::MatchesRegex("[0-9]+T[0-9]+Z-my-text-[0-9a-z]+"));
  EXPECT_EQ(path.filename().string().find("Z-"), 15u);
  EXPECT_THAT(new_run_folder(folder.path(), "").filename().string(), HasSubstr("-run-"));
  std::set<fs::path> names;
  for (int i = 0; i < 200; ++i) names.insert(new_run_folder(folder.path(), "text"));
  EXPECT_EQ(names.size(), 200u) << "though none is made";
}

TEST(RunsDirectory, ALongNameStaysWithinWhatASystemTakes) {
  const test::TemporaryFolder folder;
  EXPECT_TRUE(RunPlace::claim(new_run_folder(folder.path(), std::string(5000, 'x'))));
  EXPECT_TRUE(RunPlace::claim(new_run_folder(folder.path(), "caf\xe9/\x1b[31m\n")));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
