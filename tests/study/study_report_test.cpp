#include "core/study/study_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "tests/study/written_study.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::WrittenStudy;
using testing::HasSubstr;
using testing::Not;

struct Told : WrittenStudy {
  Told()
      : WrittenStudy({"a", "b, \"quoted\"", "c"}, 3, [](StudyArm& arm) {
          if (arm.name[0] == 'b') arm.config.top_k = 1;
          if (arm.name[0] == 'c') arm.config.corpus = "/home/somebody/book.txt";
        }) {
    write("a", {2.0, 2.1, 2.2});
    write("b, \"quoted\"", {1.501, 1.599, 1.7});
    write("c", {2.05, 2.0, 2.3});
  }
};

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(StudyReport, TextHasARowAnArmTheKnobsThatDifferAndTheWords) {
  const StudyResults results = Told().results();
  const std::string text = report_text(results);
  EXPECT_THAT(text, HasSubstr("2.10 ± 0.10"));
  EXPECT_THAT(text, HasSubstr("50.0"));
  EXPECT_THAT(text, HasSubstr("better"));
  EXPECT_THAT(text, HasSubstr("cannot be told apart"));
  EXPECT_THAT(text, HasSubstr("top_k"));
  EXPECT_THAT(text, Not(HasSubstr("experts"))) << "only what differs";
  EXPECT_THAT(text, HasSubstr(results.words));
  EXPECT_THAT(text, Not(HasSubstr("somebody"))) << "of a file its name alone";
  for (const std::string& line : lines_of(text)) EXPECT_FALSE(line.ends_with(' ')) << line;
}

TEST(StudyReport, JsonHasAllOfIt) {
  const StudyResults results = Told().results();
  const std::string text = dump_json(report_json(results));
  const auto json = parse_json(text, "report");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ((*json)["arms"].size(), 3u);
  EXPECT_TRUE((*json)["arms"][0]["verdict"].is_null());
  const Json& b = (*json)["arms"][1];
  EXPECT_EQ(*b["verdict"]["finding"].text(), "better");
  EXPECT_DOUBLE_EQ(*b["verdict"]["difference"].number(), results.verdicts[0].difference);
  EXPECT_DOUBLE_EQ(*b["val_loss"]["mean"].number(), (1.501 + 1.599 + 1.7) / 3);
  EXPECT_EQ(b["runs"].size(), 3u);
  EXPECT_EQ(*(*json)["words"].text(), results.words);
  EXPECT_THAT(text, Not(HasSubstr("somebody")));
}

TEST(StudyReport, TablesAreRectangularAndQuoted) {
  const Told study;
  const StudyResults results = study.results();
  const auto curves = read_curves(study.path(), results);
  EXPECT_EQ(lines_of(arms_csv(results)).size(), 4u);
  EXPECT_EQ(lines_of(runs_csv(results)).size(), 10u);
  EXPECT_EQ(lines_of(curves_csv(results, curves)).size(), 1 + 3 * 2u);
  EXPECT_THAT(arms_csv(results), HasSubstr("\"b, \"\"quoted\"\"\""));
  // Commas outside quotes: as many in each row.
  for (const std::string& table : {arms_csv(results), runs_csv(results), curves_csv(results, curves)}) {
    std::vector<std::size_t> counts;
    for (const std::string& line : lines_of(table)) {
      bool quoted = false;
      std::size_t commas = 0;
      for (const char c : line) {
        if (c == '"') quoted = !quoted;
        commas += c == ',' && !quoted;
      }
      counts.push_back(commas);
    }
    for (const std::size_t count : counts) EXPECT_EQ(count, counts[0]) << table;
  }
}

TEST(StudyReport, OneArmHasNoVerdict) {
  WrittenStudy study({"a"}, 2);
  study.write("a", {1.0, 1.2});
  const StudyResults results = study.results();
  EXPECT_TRUE(results.words.empty());
  EXPECT_THAT(report_text(results), HasSubstr("1.10 ± 0.14"));
}

TEST(StudyReport, AStudyWithoutAResultYetIsATableWithoutFigures) {
  const WrittenStudy study({"a", "b"}, 3);
  EXPECT_THAT(report_text(study.results()), HasSubstr("0 of 3"));
  EXPECT_EQ(read_curves(study.path(), study.results()).size(), 2u);
}

TEST(StudyReport, IsWrittenWhole) {
  const Told study;
  const StudyResults results = study.results();
  ASSERT_TRUE(write_report(study.path(), results, read_curves(study.path(), results)));
  EXPECT_EQ(test::text_of_file(study.path() / "comparison.txt"), report_text(results));
  EXPECT_EQ(test::text_of_file(study.path() / "arms.csv"), arms_csv(results));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
