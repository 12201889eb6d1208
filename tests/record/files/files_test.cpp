#include "core/record/files/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>

#include "tests/support/file_size_limit.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::text_of_file;
using testing::AllOf;
using testing::HasSubstr;

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

TEST(AppendFile, IsReadableAfterEveryLine) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "lines";
  auto file = AppendFile::create(path);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->append("one\n"));
  EXPECT_EQ(text_of_file(path), "one\n");
  ASSERT_TRUE(file->append("two\n"));
  EXPECT_EQ(text_of_file(path), "one\ntwo\n");
}

TEST(AppendFile, TakesNoFileThatIsThere) {
  const test::TemporaryFolder folder;
  const auto mine = folder.path() / "mine", link = folder.path() / "link", nowhere = folder.path() / "nowhere";
  ASSERT_TRUE(replace_file(mine, "another's"));
  std::filesystem::create_symlink(mine, link);
  std::filesystem::create_symlink(folder.path() / "gone", nowhere);
  for (const auto& path : {mine, link, nowhere}) {
    const auto file = AppendFile::create(path);
    ASSERT_FALSE(file) << path;
    EXPECT_THAT(file.error().message, AllOf(HasSubstr(path.string()), HasSubstr("File exists")));
  }
  EXPECT_EQ(text_of_file(mine), "another's");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "gone"));
}

TEST(AppendFile, SaysThatThereIsNoRoomAndLeavesNoHalfLine) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "lines";
  auto file = AppendFile::create(path);
  ASSERT_TRUE(file && file->append("whole\n"));
  {
    const test::FileSizeLimit limit(8);
    const auto written = file->append("does not fit\n");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::failure);
    EXPECT_THAT(written.error().message, AllOf(HasSubstr(path.string()), HasSubstr("File too large")));
    EXPECT_EQ(text_of_file(path), "whole\n");
  }
  ASSERT_TRUE(file->append("fits again\n"));
  EXPECT_EQ(text_of_file(path), "whole\nfits again\n");
}

TEST(AppendFile, NoticesThatItsNameStandsForAnother) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "lines", aside = folder.path() / "aside";
  auto file = AppendFile::create(path);
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->is_in_place());
  std::filesystem::rename(path, aside);
  EXPECT_FALSE(file->is_in_place()) << "renamed";
  ASSERT_TRUE(replace_file(path, "another's"));
  EXPECT_FALSE(file->is_in_place()) << "replaced";
  std::filesystem::remove(path);
  std::filesystem::create_symlink(aside, path);
  EXPECT_FALSE(file->is_in_place()) << "a link to it";
  std::filesystem::remove(path);
  std::filesystem::rename(aside, path);
  EXPECT_TRUE(file->is_in_place()) << "back";
}

TEST(AppendFile, NamesAFolderThatIsNotThere) {
  const auto file = AppendFile::create("/nowhere/at/all");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("/nowhere/at/all"));
}

TEST(ReplaceFile, KeepsTheOldFileWhenTheNewOneFails) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "file";
  ASSERT_TRUE(replace_file(path, "old"));
  ASSERT_TRUE(replace_file(path, "newer"));
  EXPECT_EQ(text_of_file(path), "newer");
  {
    const test::FileSizeLimit limit(8);
    EXPECT_FALSE(replace_file(path, "far too long for the limit"));
  }
  EXPECT_EQ(text_of_file(path), "newer");
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"file"}) << "nothing is left beside it";
}

// What somebody has planted under the names we write is replaced or left alone, never followed.
TEST(ReplaceFile, FollowsNoLink) {
  const test::TemporaryFolder folder;
  const auto victim = folder.path() / "victim", runs = folder.path() / "run", file = runs / "model.safetensors";
  ASSERT_TRUE(replace_file(victim, "precious"));
  std::filesystem::create_directory(runs);
  for (const char* name : {"model.safetensors", "model.safetensors.tmp", "model.safetensors.part"})
    std::filesystem::create_symlink(victim, runs / name);
  ASSERT_TRUE(replace_file(file, "weights"));
  EXPECT_EQ(text_of_file(victim), "precious");
  EXPECT_EQ(text_of_file(file), "weights");
  EXPECT_FALSE(std::filesystem::is_symlink(file));
  EXPECT_EQ(names_in(runs).size(), 3u);
}

TEST(LinkFile, ReplacesAtOnceAndLeavesNothing) {
  const test::TemporaryFolder folder;
  folder.write("one", "1");
  folder.write("two", "2");
  const auto one = folder.path() / "one", two = folder.path() / "two";
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(link_file(one, two));
    EXPECT_EQ(identity_of(one), identity_of(two));
  }
  folder.write("three", "3");
  EXPECT_FALSE(link_file(folder.path() / "nowhere", folder.path() / "three"));
  EXPECT_EQ(text_of_file(folder.path() / "three"), "3");
  EXPECT_FALSE(link_file(one, folder.path() / "nowhere/four"));
  EXPECT_EQ(
      std::distance(std::filesystem::directory_iterator(folder.path()), std::filesystem::directory_iterator()), 3);
}

TEST(ReplaceFile, WritesTheLongestName) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / std::string(255, 'n');
  ASSERT_TRUE(replace_file(path, "text"));
  EXPECT_EQ(text_of_file(path), "text");
  const auto longer = replace_file(folder.path() / std::string(256, 'n'), "text");
  ASSERT_FALSE(longer);
  EXPECT_THAT(longer.error().message, HasSubstr("File name too long"));
  EXPECT_EQ(names_in(folder.path()).size(), 1u);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
