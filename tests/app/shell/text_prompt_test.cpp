// A text that is not UTF-8: offered for conversion, converted, learned.
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "app/cli/setups/presets.h"
#include "app/run/live.h"
#include "app/run/text_opening.h"
#include "app/run/transport.h"
#include "core/base/file_name.h"
#include "core/config/knobs.h"
#include "core/data/encoding.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using viz::Key;

class OtherEncodings : public WorkbenchTest {
 protected:
  fs::path file(const std::string& name, const std::string& bytes) {
    std::ofstream(home_ / name, std::ios::binary) << bytes;
    return home_ / name;
  }
  // Until nothing is on its way any more.
  void settle() {
    for (int i = 0; i < 4000; ++i) {
      texts_.frame(ui_, commands_, now_s_);
      draw();
      if (!texts_.is_busy() && ui_.wants_text.empty() && !ui_.text_offer.wants) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    texts_.frame(ui_, commands_, now_s_);
    draw(2);
  }
  void open(const fs::path& path) {
    ui_.wants_text.push_back(path.native());
    settle();
  }
  bool is_offered() const { return !ui_.text_offer.path.empty(); }
  fs::path learned() {
    const auto sent_configs = sent<SetConfig>();
    return sent_configs.empty() ? fs::path() : path_of_text(sent_configs.back().config.corpus);
  }
  static std::string title_of(const char* name) { return std::string(find_encoding(name)->title); }

  TemporaryFolder folder_;
  fs::path home_ = folder_.path();
  EnvironmentVariable home_variable_{"HOME", folder_.path().native()},
      data_{"XDG_DATA_HOME", (folder_.path() / "data").native()};
  app::TextOpening texts_;
};

TEST_F(OtherEncodings, ATextInUtf8IsLearnedAtOnce) {
  const fs::path path = file("good.txt", "caf\xc3\xa9");
  open(path);
  EXPECT_FALSE(is_offered());
  EXPECT_EQ(learned(), path);
}

TEST_F(OtherEncodings, ACopyOfLatin1IsMadeAndLearned) {
  const fs::path path = file("book.txt", "plain\r\nthe caf\xe9\r\n");
  open(path);
  ASSERT_TRUE(is_offered());
  EXPECT_EQ(find("text found").text, "not UTF-8 from byte 14 on, 0xE9");
  EXPECT_EQ(find("encoding").text, title_of("ISO-8859-1"));
  EXPECT_EQ(find("text sample").text, "the café");
  EXPECT_THAT(sent<SetConfig>(), IsEmpty());
  press_key(Key::r);
  EXPECT_THAT(sent<ResetModel>(), IsEmpty()) << "keys are no shortcuts meanwhile";
  click("convert");
  settle();
  EXPECT_FALSE(is_offered());
  EXPECT_EQ(learned().parent_path(), home_ / "data/switchyard/texts");
  EXPECT_THAT(learned().filename().native(), testing::MatchesRegex("book-[0-9a-f]*.txt"));
  EXPECT_EQ(text_of_file(learned()), "plain\r\nthe caf\xc3\xa9\r\n");
  EXPECT_EQ(text_of_file(path), "plain\r\nthe caf\xe9\r\n") << "as it was";
  // Once more: the same copy.
  const fs::path copy = learned();
  commands_.clear();
  ui_.knobs.draft.corpus = ui_.knobs.sent.corpus = "stories";
  open(path);
  press_key(Key::enter);
  settle();
  EXPECT_EQ(learned(), copy);
  EXPECT_EQ(std::distance(fs::directory_iterator(copy.parent_path()), fs::directory_iterator()), 1);
}

TEST_F(OtherEncodings, AnotherEncodingIsChosenAndTheCopyLiesBeside) {
  const fs::path path = file("privet.txt", "\xcf\xf0\xe8\xe2\xe5\xf2");  // Windows-1251
  file("privet.utf8.txt", "somebody's");
  open(path);
  EXPECT_EQ(find("text sample").text, "Ïðèâåò");
  ASSERT_TRUE(find_encoding("WINDOWS-1251"));
  click("encoding");
  click("encoding/" + title_of("WINDOWS-1251"));
  EXPECT_EQ(find("text sample").text, "Привет");
  click("copy");
  click("copy/beside it");
  click("convert");
  settle();
  EXPECT_EQ(learned(), home_ / "privet.utf8-2.txt");
  EXPECT_EQ(text_of_file(learned()), "Привет");
  EXPECT_EQ(text_of_file(home_ / "privet.utf8.txt"), "somebody's");
}

TEST_F(OtherEncodings, WhatIsWrongIsSaidAndNothingIsLearned) {
  std::string bytes(
      "\xff\xfe"
      "a\0b\0\x3e\xd8"
      "c\0",
      10);
  open(file("torn.txt", bytes));
  EXPECT_EQ(find("text found").text, "UTF-16, little endian, with a byte order mark");
  EXPECT_EQ(find("text sample").text, "ab");
  click("convert");
  settle();
  ASSERT_TRUE(is_offered());
  EXPECT_EQ(find("text problem").text,
            "torn.txt is not UTF-16, little endian: the surrogate at byte 6 stands alone.");
  press_key(Key::escape);
  EXPECT_FALSE(is_offered());
  EXPECT_FALSE(fs::exists(home_ / "data")) << "nothing is left";
  open(file("program", std::string("\x7f"
                                   "ELF\0\0\0\1\2\3",
                                   10)));
  EXPECT_FALSE(is_offered());
  EXPECT_THAT(ui_.toasts.back().message, EndsWith("program is binary, not text: byte 4 is zero."));
  open(home_ / "gone.txt");
  EXPECT_THAT(ui_.toasts.back().message, HasSubstr("gone.txt: no such file"));
  EXPECT_THAT(sent<SetConfig>(), IsEmpty());
}

TEST_F(OtherEncodings, ACopyThatCannotBeWrittenIsSaid) {
  std::ofstream(home_ / "data") << "a file where a folder should be";
  open(file("book.txt", "caf\xe9"));
  click("convert");
  settle();
  ASSERT_TRUE(is_offered());
  EXPECT_THAT(find("text problem").text, HasSubstr("cannot be made"));
  click("leave text");
  EXPECT_FALSE(is_offered());
}

// --- points of one's own

class PointsOfOnesOwn : public OtherEncodings {
 protected:
  static constexpr const char* kTrees = "width,height,kind\n1,2,oak\n3,4,oak\n5,6,elm\n7,8,elm\n";
  std::string last_toast() const { return ui_.toasts.empty() ? std::string() : ui_.toasts.back().message; }
};

TEST_F(PointsOfOnesOwn, ADroppedFileOfPointsIsLearned) {
  const fs::path path = file("Trees.CSV", kTrees);
  app::open_path(ui_, commands_, path.native(), now_s_);
  settle();
  ASSERT_EQ(sent<SetConfig>().size(), 1u);
  const Config config = sent<SetConfig>()[0].config;
  EXPECT_EQ(config.task, TaskKind::clusters);
  EXPECT_EQ(config.points, path.native());
  EXPECT_EQ(config.cluster_classes, 2);
  EXPECT_EQ(config.d_model, 2) << "they enter as they are";
  EXPECT_TRUE(validate(config).empty());
  EXPECT_THAT(last_toast(), HasSubstr("Learning Trees.CSV from the start."));
  EXPECT_EQ(ui_.knobs.undo.back().what, "Points Trees.CSV");
  EXPECT_EQ(ui_.used.of(app::Chooses::text).front(), path);

  // What was set for points stays for others.
  ui_.knobs.draft.experts = ui_.knobs.sent.experts = 5;
  commands_.clear();
  open(file("wide.tsv", "1\t2\t3\ta\n1\t2\t3\ta\n1\t2\t3\tb\n1\t2\t3\tb\n"));
  ASSERT_EQ(sent<SetConfig>().size(), 1u);
  EXPECT_EQ(sent<SetConfig>()[0].config.experts, 5);
  EXPECT_EQ(sent<SetConfig>()[0].config.d_model, 3);

  // And a preset that leads away says so.
  ui_.toasts.clear();
  draw_frame([&](const app::PanelInput& in) {
    app::apply_preset(*app::find_preset("clusters-plane"), in.status, ui_, commands_, in.now_s);
  });
  EXPECT_EQ(last_toast(), "2-D clusters learns spirals, no longer wide.tsv. Undo goes back to it.");
  press_key(Key::z, true);
  EXPECT_EQ(path_of_text(ui_.knobs.draft.points).filename(), "wide.tsv");
}

TEST_F(PointsOfOnesOwn, RowsThatAreNoneAreToldAndNothingChanges) {
  open(file("bad.csv", "1,2,a\n1,zwei,a\n1,2,b\n1,2,b\n"));
  EXPECT_THAT(commands_, IsEmpty());
  EXPECT_THAT(last_toast(), HasSubstr("bad.csv: 1 of 4 rows is bad: row 2, column 2: 'zwei' is no number"));
  EXPECT_TRUE(ui_.knobs.undo.empty());
  open(home_ / "gone.csv");
  EXPECT_THAT(commands_, IsEmpty());
  EXPECT_THAT(last_toast(), HasSubstr("no such file"));
}

TEST_F(PointsOfOnesOwn, AnotherEncodingIsConvertedAndItsCopyLearned) {
  const fs::path path = file("trees.csv", "1,2,ch\xeane\n3,4,ch\xeane\n5,6,orme\n7,8,orme\n");
  open(path);
  ASSERT_TRUE(is_offered());
  click("convert");
  settle();
  ASSERT_EQ(sent<SetConfig>().size(), 1u);
  const fs::path copy = path_of_text(sent<SetConfig>()[0].config.points);
  EXPECT_EQ(copy.extension(), ".csv");
  EXPECT_THAT(text_of_file(copy), HasSubstr("ch\xc3\xaane"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
