#include "core/base/input_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <fstream>

#include "core/base/json.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;

class InputFileTest : public testing::Test {
 protected:
  static std::string error(const std::filesystem::path& path) {
    const auto file = InputFile::open(path);
    if (file) return "accepted";
    EXPECT_EQ(file.error().kind, ErrorKind::usage);
    EXPECT_THAT(file.error().message, HasSubstr(path.native()));
    return file.error().message;
  }
  void write(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "file";
};

TEST_F(InputFileTest, ReadsAllOrAPart) {
  write("12345");
  const auto file = InputFile::open(path_);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->size(), 5u);
  EXPECT_EQ(*file->read_all(5), "12345");
  EXPECT_THAT(file->read_all(4).error().message, AllOf(HasSubstr(path_.native()), HasSubstr("5 bytes, at most 4")));
  std::array<std::byte, 2> two{};
  ASSERT_TRUE(file->read(3, two));
  EXPECT_EQ(static_cast<char>(two[0]), '4');
  EXPECT_THAT(file->read(4, two).error().message, HasSubstr("cut off: it ends at byte 5"));
}

TEST_F(InputFileTest, KnowsWhereItIsStored) {
  constexpr std::uint64_t hole = std::uint64_t{64} << 20;
  write("begin");
  std::filesystem::resize_file(path_, hole);
  std::ofstream(path_, std::ios::binary | std::ios::app) << "end";
  const auto file = InputFile::open(path_);
  ASSERT_TRUE(file);
  const InputFile::Stretch first = file->stored_from(0);
  EXPECT_EQ(first.begin, 0u);
  EXPECT_GE(first.end, 5u);
  // All of it is one stretch where a file system knows no holes.
  if (first.end != hole + 3) {
    EXPECT_LT(first.end, hole);
    const InputFile::Stretch second = file->stored_from(first.end);
    EXPECT_GT(second.begin, first.end);
    EXPECT_LE(second.begin, hole);
    EXPECT_EQ(second.end, hole + 3);
  }
  EXPECT_EQ(file->stored_from(hole + 1).begin, hole + 1);
  EXPECT_EQ(file->stored_from(hole + 3).begin, hole + 3);
  EXPECT_EQ(file->stored_from(hole + 99).end, hole + 3);
  // Cut off meanwhile, its end is no hole.
  std::filesystem::resize_file(path_, 10);
  EXPECT_EQ(file->stored_from(hole).begin, hole);
  EXPECT_EQ(file->stored_from(hole).end, hole + 3);
}

TEST_F(InputFileTest, RefusesWhatIsNoFileWithoutWaiting) {
  EXPECT_THAT(error(path_), HasSubstr("no such file"));
  EXPECT_THAT(error(folder_.path()), HasSubstr("is a folder"));
  EXPECT_THAT(error("/dev/zero"), HasSubstr("is a device"));
  EXPECT_THAT(error(path_ / "below"), HasSubstr("no such file"));
  EXPECT_THAT(error(folder_.path() / std::string(300, 'a')), HasSubstr("cannot be read"));
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(error(path_), HasSubstr("is a pipe"));
  std::filesystem::create_symlink("loop", folder_.path() / "loop");
  EXPECT_THAT(error(folder_.path() / "loop"), HasSubstr("cannot be read"));
  EXPECT_FALSE(InputFile::open(std::string("/dev/null\0.json", 15)));
}

TEST_F(InputFileTest, WhatTheSystemMakesUpIsEmpty) {
  const auto file = InputFile::open("/proc/self/environ");
  ASSERT_TRUE(file);
  EXPECT_EQ(*file->read_all(100), "");
}

TEST_F(InputFileTest, NoticesAChangeWhileItIsRead) {
  write("12345");
  const auto grown = InputFile::open(path_);
  write("1234567");
  EXPECT_THAT(grown->read_all(100).error().message, HasSubstr("was changed"));
  const auto shrunk = InputFile::open(path_);
  write("1");
  EXPECT_THAT(shrunk->read_all(100).error().message, HasSubstr("cut off"));
}

TEST_F(InputFileTest, JsonFilesSayWhatIsWrongAndWhere) {
  const auto problem = [&](const std::filesystem::path& path) { return read_json_file(path).error().message; };
  EXPECT_THAT(problem(path_), AllOf(HasSubstr(path_.native()), HasSubstr("no such file")));
  EXPECT_THAT(problem(folder_.path()), HasSubstr("is a folder"));
  write("[1, }");
  EXPECT_THAT(problem(path_), AllOf(HasSubstr(path_.native()), HasSubstr("line 1, column 5")));
  write("");
  EXPECT_THAT(problem(path_), HasSubstr("empty"));
  std::filesystem::resize_file(path_, kMaxJsonBytes + 1);
  EXPECT_THAT(problem(path_), HasSubstr("at most 16777216 are read"));
  write("[1]");
  EXPECT_EQ(dump_json(*read_json_file(path_)), "[1]");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
