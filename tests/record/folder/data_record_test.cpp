// What a record says of its data, and how its text is found again.
#include "core/record/folder/data_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "core/base/file_name.h"
#include "core/config/json.h"
#include "core/config/knobs.h"
#include "core/data/corpus.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class DataRecord : public testing::Test {
 protected:
  std::string write(const std::filesystem::path& name, const std::string& text) const {
    std::filesystem::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_.path() / name, std::ios::binary) << text;
    return (folder_.path() / name).native();
  }
  // A run's config.json in run/, of `corpus` with the bytes `text`; empty: without a fingerprint.
  RecordedConfig recorded(const std::string& corpus, const std::string& text) const {
    Config config;
    config.corpus = corpus;
    const Fingerprint print = fingerprint(text);
    std::string json = "{\"config\": " + to_json_text(config);
    if (!text.empty())
      json += ", \"data\": {\"bytes\": " + std::to_string(print.bytes) + ", \"sha256\": \"" + print.sha256 + "\"}";
    auto read = read_recorded_config(write("run/config.json", json + "}"), Config{});
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    return *read;
  }
  std::string refusal(const RecordedConfig& config) const {
    const auto found = find_data_file(config);
    if (found) return "found " + *found;
    EXPECT_EQ(found.error().kind, ErrorKind::usage);
    return found.error().message;
  }
  std::string at(const char* name) const { return (folder_.path() / name).native(); }

  test::TemporaryFolder folder_;
};

TEST_F(DataRecord, FindsARelativeTextBesideTheRecord) {
  write("run/book.txt", "a text");
  EXPECT_EQ(*find_data_file(recorded("book.txt", "a text")), at("run/book.txt"));
  EXPECT_EQ(*find_data_file(recorded("book.txt", "")), at("run/book.txt"));
  EXPECT_EQ(*find_data_file(recorded("./../run/book.txt", "a text")), at("run/./../run/book.txt"));
}

TEST_F(DataRecord, FindsARelativeTextInTheCurrentFolderToo) {
  const std::string here = "switchyard-data-record-" + std::to_string(getpid()) + ".txt";
  std::ofstream(here) << "a text";
  EXPECT_EQ(*find_data_file(recorded(here, "a text")), absolute_text(here));
  // Beside the record comes first, unless it is another text than the record's.
  write("run/" + here, "another");
  EXPECT_EQ(*find_data_file(recorded(here, "a text")), absolute_text(here));
  EXPECT_EQ(*find_data_file(recorded(here, "")), at(("run/" + here).c_str()));
  std::filesystem::remove(here);
}

TEST_F(DataRecord, FindsATextThatMovedWithItsRecord) {
  write("run/book.txt", "a text");
  EXPECT_EQ(*find_data_file(recorded("/gone/book.txt", "a text")), at("run/book.txt"));
  // Without a fingerprint it may be any book.
  EXPECT_THAT(refusal(recorded("/gone/book.txt", "")),
              AllOf(HasSubstr("/gone/book.txt"), Not(HasSubstr("found"))));
}

TEST_F(DataRecord, SaysWhereItLooked) {
  const std::string message = refusal(recorded("no-such-book.txt", "a text"));
  EXPECT_THAT(message, AllOf(HasSubstr(at("run/config.json")), HasSubstr(at("run/no-such-book.txt")),
                             HasSubstr(absolute_text("no-such-book.txt")), HasSubstr("--corpus")));
}

TEST_F(DataRecord, RefusesAnotherText) {
  const std::string book = write("book.txt", "one word chanced");
  const std::string message = refusal(recorded(book, "one word changed"));
  EXPECT_THAT(message, AllOf(HasSubstr(fingerprint("one word changed").sha256),
                             HasSubstr(fingerprint("one word chanced").sha256), HasSubstr(book)));
  EXPECT_EQ(*find_data_file(recorded(book, "one word chanced")), book);
}

TEST_F(DataRecord, NamesOfBytesAreFoundAgain) {
  const std::string book = write("caf\xe9\n.txt", "a text");
  const auto found = find_data_file(recorded(text_of_path(book), "a text"));
  ASSERT_TRUE(found);
  EXPECT_EQ(path_of_text(*found).native(), book);
}

TEST_F(DataRecord, TheStoriesArePinnedToo) {
  EXPECT_EQ(*find_data_file(recorded("stories", "")), "stories");
  EXPECT_THAT(refusal(recorded("stories", "other stories")), HasSubstr("another text"));
}

TEST_F(DataRecord, LeavesPointsAndOtherKnobsAlone) {
  RecordedConfig points = recorded("/gone/book.txt", "a text");
  points.config.task = TaskKind::clusters;
  EXPECT_EQ(*find_data_file(points), "drawn");
  const auto knobs = read_recorded_config(write("knobs.json", "{\"experts\": 3}"), Config{});
  ASSERT_TRUE(knobs);
  EXPECT_FALSE(knobs->names_data);
  EXPECT_EQ(*find_data_file(*knobs), "stories");
}

// Points are found as texts are, and told in their own words.
TEST_F(DataRecord, FindsAFileOfPointsAsATextIsFound) {
  const std::string rows = "1,2,a\n", print = fingerprint(rows).sha256;
  const std::string json =
      "{\"config\": {\"task\": \"clusters\", \"points\": \"/gone/p.csv\"}, \"data\": {\"bytes\": 6, \"sha256\": "
      "\"" +
      print + "\"}}";
  const auto points = read_recorded_config(write("run/config.json", json), Config{});
  ASSERT_TRUE(points);
  EXPECT_TRUE(points->names_data);
  EXPECT_THAT(refusal(*points), AllOf(HasSubstr("its points /gone/p.csv, 6 bytes"), HasSubstr(print),
                                      HasSubstr("--points FILE says where they are")));
  write("run/text/p.csv", rows);
  EXPECT_EQ(*find_data_file(*points), at("run/text/p.csv"));
  write("run/p.csv", "1,2,b\n");
  std::vector<std::string> notes;
  EXPECT_EQ(*find_data_file(*points, &notes), at("run/text/p.csv"));
  EXPECT_THAT(notes, testing::ElementsAre(HasSubstr("is another file of points by now")));
  std::filesystem::remove(at("run/text/p.csv"));
  EXPECT_THAT(refusal(*points), HasSubstr("its points are another file of points than the one it records"));
  EXPECT_THAT(*note_of_another_file(*points, at("run/p.csv")), HasSubstr("so the numbers will differ"));
}

TEST_F(DataRecord, RefusesAFingerprintThatIsNone) {
  for (const char* data :
       {"[]", "{\"sha256\": 1}", "{\"sha256\": \"ab\"}", "{\"bytes\": 1, \"sha256\": \"\"}", "3"}) {
    const auto read =
        read_recorded_config(write("bad.json", std::string("{\"config\": {}, \"data\": ") + data + "}"), Config{});
    ASSERT_FALSE(read) << data;
    EXPECT_THAT(read.error().message, HasSubstr("bad.json"));
  }
}

TEST_F(DataRecord, SettingsOfALaterVersionAreSaidToBe) {
  const auto later = read_recorded_config(
      write("later.json", R"({"config": {"experts_of_experts": 3}, "versions": {"switchyard": "9.9.9"}})"),
      Config{});
  ASSERT_FALSE(later);
  EXPECT_THAT(later.error().message,
              testing::AllOf(HasSubstr("later.json"), HasSubstr("unknown key 'experts_of_experts'"),
                             HasSubstr("written by switchyard 9.9.9, later than this one")));
  const auto mistyped = read_recorded_config(
      write("mine.json", R"({"config": {"exprts": 3}, "versions": {"switchyard": "0.0.1"}})"), Config{});
  ASSERT_FALSE(mistyped);
  EXPECT_THAT(mistyped.error().message, Not(HasSubstr("written by")));
}

TEST(SharedConfig, HoldsNoFolder) {
  Config config;
  config.corpus = "/home/somebody/caf\xe9.txt";
  EXPECT_THAT(dump_json(to_shared_json(config)), Not(HasSubstr("somebody")));
  find_knob("corpus")->set(config, config.corpus);
  EXPECT_THAT(dump_json(to_shared_json(config)), AllOf(HasSubstr("caf\\\\xe9.txt"), Not(HasSubstr("somebody"))));
  EXPECT_EQ(shared_text(*find_knob("experts"), config), "8");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
