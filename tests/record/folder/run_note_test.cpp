// What a run is called, in its folder.
#include "core/record/folder/run_note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/json.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

class RunNoteTest : public testing::Test {
 protected:
  RunNoteTest() { folder_.write("run/config.json", R"({"run": "one", "config": {}})"); }
  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "run";
};

TEST_F(RunNoteTest, IsReadAsItWasWritten) {
  EXPECT_EQ(read_run_note(path_), RunNote());
  const RunNote note{"Top-k: 2 to 1 \"\n", "Switch"};
  ASSERT_TRUE(write_run_note(path_, "one", note));
  EXPECT_EQ(read_run_note(path_), note);
  ASSERT_TRUE(write_run_note(path_, "", {"", "Switch"}));
  EXPECT_EQ(read_run_note(path_), (RunNote{"", "Switch"}));
  EXPECT_EQ(*read_json_file(path_ / kRunNoteFile), (Json{{"preset", "Switch"}}));
}

// Nothing is made for nothing, and what a later version says of it stays.
TEST_F(RunNoteTest, WritesNoMoreThanThereIsToSay) {
  ASSERT_TRUE(write_run_note(path_, "one", {}));
  EXPECT_FALSE(std::filesystem::exists(path_ / kRunNoteFile));
  ASSERT_TRUE(write_run_note(path_, "one", {"a", ""}));
  ASSERT_TRUE(write_run_note(path_, "one", {}));
  EXPECT_EQ(read_run_note(path_), RunNote()) << "a name is taken off again";
  folder_.write("run/about.json", R"({"colour": 3, "name": "a"})");
  ASSERT_TRUE(write_run_note(path_, "one", {"b", ""}));
  EXPECT_EQ(*read_json_file(path_ / kRunNoteFile), (Json{{"colour", 3}, {"name", "b"}}));
}

// Whoever does not know it takes it from nobody.
TEST_F(RunNoteTest, WhatARunBeganFromStays) {
  ASSERT_TRUE(write_run_note(path_, "one", {"a", "Switch"}));
  ASSERT_TRUE(write_run_note(path_, "one", {"b", ""}));
  EXPECT_EQ(read_run_note(path_), (RunNote{"b", "Switch"}));
  ASSERT_TRUE(write_run_note(path_, "one", {"", ""}));
  EXPECT_EQ(read_run_note(path_), (RunNote{"", "Switch"}));
}

TEST_F(RunNoteTest, IsOfOneRun) {
  const auto other = write_run_note(path_, "two", {"a", ""});
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("is the folder of run 'one', not of 'two'"));
  EXPECT_FALSE(write_run_note(folder_.path() / "none", "", {"a", ""}));
  EXPECT_EQ(read_run_note(path_), RunNote());
}

TEST_F(RunNoteTest, WhatIsDamagedSaysNothing) {
  for (const char* text : {"{", "[]", R"({"name": 3, "preset": null})", ""}) {
    folder_.write("run/about.json", text);
    EXPECT_EQ(read_run_note(path_), RunNote()) << text;
  }
  folder_.write("run/about.json", R"({"name": ")" + std::string(199, 'x') + R"(ä"})");
  EXPECT_EQ(read_run_note(path_).name, std::string(199, 'x')) << "no character is cut in two";
}

TEST_F(RunNoteTest, WhatCannotBeWrittenIsAnErrorAndLeavesWhatWasThere) {
  folder_.write("run/about.json", R"({"name": "a", "preset": "Switch"})");
  {
    const test::FileSizeLimit full(10);
    const auto written = write_run_note(path_, "one", {"b", ""});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::failure);
    EXPECT_THAT(written.error().message, HasSubstr(kRunNoteFile));
  }
  EXPECT_EQ(read_run_note(path_), (RunNote{"a", "Switch"}));
  ASSERT_TRUE(write_run_note(path_, "one", {"b", ""}));
  EXPECT_EQ(read_run_note(path_), (RunNote{"b", "Switch"}));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
