#include "core/base/rank_means.h"

#include <gtest/gtest.h>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(RankMeansTest, AreWeightedBySteps) {
  std::vector<RankRecord> into{{10, 2, 4, 1, {100, 0}}, {30, 6, 8, 3, {0, 8}}};
  take_mean(into, 3, {{14, 6, 0, 5, {20, 40}}, {30, 6, 8, 3, {4, 8}}}, 1);
  EXPECT_EQ(into[0].compute_ms, 11);
  EXPECT_EQ(into[0].exchange_ms, 3);
  EXPECT_EQ(into[0].sum_ms, 3);
  EXPECT_EQ(into[0].exchange_mb, 2);
  EXPECT_EQ(into[0].rows, (std::vector<float>{80, 10}));
  EXPECT_EQ(into[1].compute_ms, 30);
  EXPECT_EQ(into[1].rows, (std::vector<float>{1, 8}));
}

TEST(RankMeansTest, OfOtherRanksTheLaterStay) {
  std::vector<RankRecord> into{{10, 2, 4, 1, {}}};
  const std::vector<RankRecord> two(2, RankRecord{3, 0, 0, 0, {}});
  take_mean(into, 3, two, 1);
  ASSERT_EQ(into.size(), 2u);
  EXPECT_EQ(into[0].compute_ms, 3);
  take_mean(into, 1, {{5, 0, 0, 0, {1, 2}}, {5, 0, 0, 0, {1, 2}}}, 1);  // experts are shared out from here on
  EXPECT_EQ(into[0].compute_ms, 5);
  take_mean(into, 1, {}, 1);
  EXPECT_TRUE(into.empty());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
