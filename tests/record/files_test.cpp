#include "core/record/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>

#include "tests/support/file_size_limit.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace {

using test::text_of_file;
using testing::AllOf;
using testing::HasSubstr;

TEST(AppendFile, IsReadableAfterEveryLine) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "lines";
  auto file = AppendFile::open(path);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->append("one\n"));
  EXPECT_EQ(text_of_file(path), "one\n");
  ASSERT_TRUE(file->append("two\n"));
  EXPECT_EQ(text_of_file(path), "one\ntwo\n");
  auto again = AppendFile::open(path);
  ASSERT_TRUE(again && again->append("three\n"));
  EXPECT_EQ(text_of_file(path), "one\ntwo\nthree\n");
}

TEST(AppendFile, SaysThatTheDiskIsFull) {
  auto file = AppendFile::open("/dev/full");
  ASSERT_TRUE(file);
  const auto written = file->append("a line\n");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::failure);
  EXPECT_THAT(written.error().message, AllOf(HasSubstr("/dev/full"), HasSubstr("No space left on device")));
}

TEST(AppendFile, LeavesNoHalfLine) {
  const test::TemporaryFolder folder;
  auto file = AppendFile::open(folder.path() / "lines");
  ASSERT_TRUE(file && file->append("whole\n"));
  const test::FileSizeLimit limit(8);
  EXPECT_FALSE(file->append("does not fit\n"));
  EXPECT_EQ(text_of_file(folder.path() / "lines"), "whole\n");
}

TEST(AppendFile, NamesAFolderThatIsNotThere) {
  const auto file = AppendFile::open("/nowhere/at/all");
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
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "file.tmp"));
}

}  // namespace
}  // namespace switchyard
