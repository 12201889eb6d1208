#include "core/study/sweep_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "core/study/sweep_report.h"
#include "tests/study/written_study.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::WrittenStudy;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// top_k = 1, 2, 4 at two learning rates; the name of an arm says both.
struct Swept : WrittenStudy {
  explicit Swept(std::int64_t seeds = 3)
      : WrittenStudy({"1 slow", "1 fast", "2 slow", "2 fast", "4 slow", "4 fast"}, seeds, [](StudyArm& arm) {
          arm.config.top_k = arm.name[0] - '0';
          arm.config.learning_rate = arm.name.ends_with("fast") ? 0.01 : 0.001;
        }) {
    plan_of_it = plan();
    plan_of_it.sweep.axes = {{"top_k", {"4", "1", "2"}}, {"learning_rate", {"0.001", "0.01"}}};
    plan_of_it.sweep.left_out = {{"top_k=16", "top_k = 16: allowed is 1 to experts = 8"}};
  }
  SweepResults sweep() const {
    auto read = read_sweep(path(), plan_of_it);
    EXPECT_TRUE(read) << read.error().message;
    return std::move(*read);
  }
  std::vector<std::string> order(const SweepResults& results) const {
    std::vector<std::string> out;
    for (const SweepRow& row : results.ranking) out.push_back(results.plan().arms[row.arm].name);
    return out;
  }
  StudyPlan plan_of_it;
};

// Two arms 0.01 apart with as much noise, the others far above with none of their own.
struct Ended : Swept {
  Ended() {
    write("1 slow", {2.0, 2.1, 2.2});
    write("1 fast", {3.0, 3.1, 3.2});
    write("2 slow", {2.01, 2.09, 2.22});
    write("2 fast", {4.0, 4.1, 4.2});
    write("4 slow", {5.0, 5.1, 5.2});
    write("4 fast", {6.0, 6.1, 6.2});
  }
};

TEST(SweepResults, AreRankedByMeanWithWhatMayBeTheBest) {
  const Ended study;
  const SweepResults results = study.sweep();
  EXPECT_THAT(study.order(results), ElementsAre("1 slow", "2 slow", "1 fast", "2 fast", "4 slow", "4 fast"));
  EXPECT_EQ(results.ranking[0].standing, SweepStanding::lowest);
  EXPECT_EQ(results.ranking[1].standing, SweepStanding::may_be_best);
  for (int i = 2; i < 6; ++i) EXPECT_EQ(results.ranking[i].standing, SweepStanding::not_best) << i;
  EXPECT_NEAR(results.ranking[1].above, (0.01 - 0.01 + 0.02) / 3, 1e-12);
  EXPECT_NEAR(results.ranking[2].above, 1.0, 1e-12);
  EXPECT_THAT(results.words, AllOf(HasSubstr("The best of 6 arms at 100 steps is among 2 (3 seeds, 95 %"),
                                   HasSubstr("1 slow; 2 slow"), HasSubstr("Not shown: other sizes, other texts")));
  EXPECT_THAT(results.axes[0].values, ElementsAre("1", "2", "4")) << "rising";
}

TEST(SweepResults, OneThatDivergedIsLastAndNotJudged) {
  const Ended study;
  study.diverge("1 slow", 2);
  const SweepResults results = study.sweep();
  EXPECT_THAT(study.order(results), ElementsAre("2 slow", "1 fast", "2 fast", "4 slow", "4 fast", "1 slow"));
  EXPECT_EQ(results.ranking[0].standing, SweepStanding::lowest);
  EXPECT_EQ(results.ranking[5].standing, SweepStanding::no_number);
  EXPECT_THAT(results.words,
              AllOf(HasSubstr("2 slow is the best of 5 arms"), HasSubstr("1 of 6 arms without a loss")));
  EXPECT_THAT(sweep_text(results), HasSubstr("1 diverged"));
}

TEST(SweepResults, TwoSeedsTellNothing) {
  Swept study(2);
  for (const char* name : {"1 slow", "1 fast", "2 slow", "2 fast", "4 slow", "4 fast"}) study.write(name, {2, 3});
  study.write("2 fast", {1, 1.5});
  const SweepResults results = study.sweep();
  EXPECT_EQ(results.ranking[0].standing, SweepStanding::too_few_seeds);
  EXPECT_THAT(results.words, AllOf(HasSubstr("2 fast came out lowest"), HasSubstr("2 seeds are too few")));
}

TEST(SweepResults, NothingIsKnownBeforeARunHasEnded) {
  const Swept study;
  const SweepResults results = study.sweep();
  EXPECT_EQ(results.ranking.size(), 6u);
  EXPECT_EQ(results.ranking[0].standing, SweepStanding::no_number);
  EXPECT_THAT(sweep_text(results), HasSubstr("0 of 3"));
}

TEST(SweepReport, HasAColumnAnAxisWhatWasLeftOutAndTheWords) {
  const Ended study;
  const SweepResults results = study.sweep();
  const std::string text = sweep_text(results);
  EXPECT_THAT(text, AllOf(HasSubstr("top_k"), HasSubstr("learning_rate"), HasSubstr("2.10 ± 0.10"),
                          HasSubstr("may be the best"), HasSubstr(results.words),
                          HasSubstr("Left out: top_k=16: top_k = 16: allowed is 1 to experts = 8")));
  const std::string csv = sweep_arms_csv(results);
  EXPECT_THAT(csv, testing::StartsWith("rank,arm,top_k,learning_rate,runs,"));
  EXPECT_THAT(csv, HasSubstr("\n2,2 slow,2,0.001,3,0,100,"));
  const auto json = parse_json(dump_json(sweep_json(results)), "report");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ((*json)["ranking"].size(), 6u);
  EXPECT_EQ(*(*json)["ranking"][1]["at"]["top_k"].text(), "2");
  EXPECT_EQ(*(*json)["ranking"][2]["standing"].text(), "not the best");
  EXPECT_EQ((*json)["ranking"][2]["runs"].size(), 3u);
  EXPECT_EQ((*json)["left_out"].size(), 1u);
  EXPECT_EQ(*(*json)["words"].text(), results.words);
}

TEST(SweepReport, TablesAreRectangularAndWritten) {
  const Ended study;
  const SweepResults results = study.sweep();
  const auto curves = read_curves(study.path(), results.results);
  ASSERT_TRUE(write_sweep_report(study.path(), results, curves));
  for (const char* name : {"arms.csv", "runs.csv", "curves.csv"}) {
    std::istringstream stream(test::text_of_file(study.path() / name));
    std::size_t rows = 0, commas = 0;
    for (std::string line; std::getline(stream, line); ++rows) {
      const auto here = static_cast<std::size_t>(std::count(line.begin(), line.end(), ','));
      if (rows == 0) commas = here;
      EXPECT_EQ(here, commas) << name << ": " << line;
    }
    EXPECT_EQ(rows, std::string_view(name) == "arms.csv"   ? 7u
                    : std::string_view(name) == "runs.csv" ? 19u
                                                           : 13u)
        << name;
  }
  EXPECT_EQ(test::text_of_file(study.path() / "sweep.txt"), sweep_text(results));
}

TEST(StudyPlan, ASweepIsReadBackAndStaysOneOfWhateverAddsToIt) {
  const Swept study;
  ASSERT_TRUE(settle_study(study.path(), study.plan_of_it));
  EXPECT_EQ(read_study(study.path())->sweep, study.plan_of_it.sweep);
  ASSERT_TRUE(settle_study(study.path(), study.plan()));
  EXPECT_EQ(read_study(study.path())->sweep, study.plan_of_it.sweep);
}

TEST(StudyPlan, TheFirstFormatIsStillRead) {
  const Swept study;
  const std::string text = test::text_of_file(study.path() / kStudyFile);
  const std::size_t at = text.find("\"study\": 2");
  ASSERT_NE(at, std::string::npos);
  std::string old = text;
  old[at + 9] = '1';
  std::ofstream(study.path() / kStudyFile) << old;
  const auto read = read_study(study.path());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->sweep.axes.empty());
  EXPECT_EQ(read->arms.size(), 6u);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
