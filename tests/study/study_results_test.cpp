#include "core/study/study_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "core/study/study_report.h"
#include "tests/study/written_study.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::WrittenStudy;
using testing::HasSubstr;

TEST(Spread, IsTheMeanAndTheSampleDeviationOfWhatIsFinite) {
  const Spread spread = spread_of({1, 2, 4, kMissing, 5});
  EXPECT_EQ(spread.count, 4u);
  EXPECT_DOUBLE_EQ(spread.mean, 3);
  EXPECT_DOUBLE_EQ(spread.deviation, std::sqrt((4 + 1 + 1 + 4) / 3.0));
  EXPECT_TRUE(std::isnan(spread_of({2}).deviation));
  EXPECT_TRUE(std::isnan(spread_of({}).mean));
}

// d = -0.1, -0.2, -0.3: mean -0.2, sd 0.1, t = -0.2 / (0.1 / sqrt 3) = -3.46 at 2 degrees, p = 0.0742; the
// interval is 4.303 * 0.0577 = 0.2484.
TEST(StudyResults, PairsAreJudgedSeedBySeed) {
  WrittenStudy study({"a", "b"}, 3);
  study.write("a", {1.0, 2.0, 3.0});
  study.write("b", {0.9, 1.8, 2.7});
  const StudyResults results = study.results();
  ASSERT_EQ(results.verdicts.size(), 1u);
  const Verdict& v = results.verdicts[0];
  EXPECT_TRUE(v.is_paired);
  EXPECT_EQ(v.finding, Finding::undecided);
  EXPECT_NEAR(v.difference, -0.2, 1e-12);
  EXPECT_NEAR(v.half_width, 0.24841, 1e-5);
  EXPECT_NEAR(v.p, 0.0742, 1e-4);
  EXPECT_FALSE(v.is_provisional);
  EXPECT_THAT(results.words, HasSubstr("b cannot be told from a"));
}

TEST(StudyResults, OtherBatchesAreNoPairs) {
  WrittenStudy study({"a", "b"}, 4, [](StudyArm& arm) {
    if (arm.name == "b") arm.config.batch_size = 4;
  });
  study.write("a", {1.0, 1.1, 0.9, 1.0});
  study.write("b", {0.5, 0.6, 0.4, 0.5});
  const StudyResults results = study.results();
  EXPECT_FALSE(results.verdicts[0].is_paired);
  EXPECT_EQ(results.verdicts[0].finding, Finding::better);
  EXPECT_THAT(results.words, HasSubstr("Welch"));
}

TEST(StudyResults, OnlySeedsAtWhichAllHaveEndedAreJudged) {
  WrittenStudy study({"a", "b"}, 5);
  study.write("a", {1.0, 1.1, 1.2, 1.3, 1.4});
  study.write("b", {0.5, kMissing, 0.7, 0.8});  // seed 2 is at work, 5 has not begun
  const StudyResults results = study.results();
  EXPECT_EQ(results.judged_seeds, (std::vector<std::int64_t>{1, 3, 4}));
  EXPECT_EQ(results.verdicts[0].seeds, 3u);
  EXPECT_TRUE(results.verdicts[0].is_provisional);
  EXPECT_NEAR(results.verdicts[0].difference, -0.5, 1e-12);
  EXPECT_EQ(results.ended(), 8u);
  EXPECT_EQ(results.planned(), 10u);
}

TEST(StudyResults, TwoSeedsAreNoVerdict) {
  WrittenStudy study({"a", "b"}, 3);
  study.write("a", {1.0, 1.1});
  study.write("b", {0.5, 0.6});
  EXPECT_EQ(study.results().verdicts[0].finding, Finding::too_few_seeds);
}

TEST(StudyResults, ARunThatDivergedLeavesNoVerdict) {
  WrittenStudy study({"a", "b"}, 3);
  study.write("a", {1.0, 1.1, 1.2});
  study.write("b", {0.5, 0.6, 0.7});
  study.diverge("b", 2);
  const StudyResults results = study.results();
  EXPECT_EQ(results.verdicts[0].finding, Finding::diverged);
  EXPECT_THAT(results.words, HasSubstr("b diverged at 1 of 3 seeds"));
}

// A seed is the study's: what an arm brought along says nothing.
TEST(StudyResults, ArmsOfOtherSeedsArePairsAllTheSame) {
  WrittenStudy study({"a", "b"}, 3, [](StudyArm& arm) {
    if (arm.name == "b") arm.config.seed = 7;
  });
  study.write("a", {1.0, 1.1, 1.2});
  study.write("b", {0.5, 0.6, 0.8});
  EXPECT_TRUE(study.results().verdicts[0].is_paired);
}

TEST(StudyResults, CurvesEndWhereTheFirstRunDiverged) {
  WrittenStudy study({"a", "b"}, 3);
  study.write("a", {1.0, 1.1, 1.2});
  study.write("b", {0.5, 0.6, 0.7});
  study.diverge("b", 2, "step,loss,val_loss\n49,1,\n50,1,2\n");
  const auto curves = read_curves(study.path(), study.results());
  EXPECT_EQ(curves[0].step, (std::vector<double>{50, 100}));
  EXPECT_EQ(curves[1].step, (std::vector<double>{50})) << "those that are left were chosen by the outcome";
}

TEST(StudyResults, ARunThatDivergedWithItsFirstStepHasNoCurve) {
  WrittenStudy study({"a", "b"}, 3);
  study.write("a", {1.0, 1.1, 1.2});
  study.write("b", {0.5, 0.6, 0.7});
  study.diverge("b", 2);
  const StudyResults results = study.results();
  ASSERT_TRUE(std::filesystem::remove(run_folder_of(study.path(), study.plan().arms[1], 2) / kMetricsFile));
  const auto curves = read_curves(study.path(), results);
  EXPECT_EQ(curves[0].step, (std::vector<double>{50, 100}));
}

TEST(StudyResults, OtherDataAreSaid) {
  WrittenStudy study({"a", "b"}, 3, [](StudyArm& arm) {
    if (arm.name == "b") arm.config.vocabulary_limit = 40;
  });
  study.write("a", {1.0, 1.1, 1.2});
  study.write("b", {0.5, 0.6, 0.7});
  EXPECT_THAT(study.results().words, HasSubstr("b learns other data: vocabulary_limit"));
}

TEST(StudyResults, CurvesHoldEachStepAgainstTheFirstArm) {
  WrittenStudy study({"a", "b"}, 3);
  study.write("a", {1.0, 2.0, 3.0});
  study.write("b", {0.9, 1.8, 2.7});
  // Validated at 50 and at 100; at 50 both arms are alike.
  const auto curves = read_curves(study.path(), study.results());
  ASSERT_EQ(curves.size(), 2u);
  for (const ArmCurve& curve : curves) EXPECT_EQ(curve.step, (std::vector<double>{50, 100}));
  EXPECT_FLOAT_EQ(curves[0].mean[1], 2.0F);
  EXPECT_FLOAT_EQ(curves[0].low[1], 1.0F);
  EXPECT_FLOAT_EQ(curves[0].high[1], 3.0F);
  EXPECT_TRUE(curves[0].difference.empty());
  const ArmCurve& b = curves[1];
  EXPECT_FLOAT_EQ(b.difference[0], 0);
  EXPECT_FLOAT_EQ(b.difference_high[0], 0);
  EXPECT_NEAR(b.difference[1], -0.2, 1e-6);
  EXPECT_NEAR(b.difference_high[1] - b.difference[1], 0.24841, 1e-5);
  EXPECT_NEAR(b.difference[1] - b.difference_low[1], 0.24841, 1e-5);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
