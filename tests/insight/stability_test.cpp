#include "core/insight/stability.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/insight/routes.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

// Kept: token 0 both, token 1 one, token 2 none: (2 + 1 + 0) / (3 * 2).
// c / T = 2/3 2/3 1/3 1/3 now and 2/3 1/3 2/3 1/3 before:
//   chance = (2/3 2/3 + 2/3 1/3 + 1/3 2/3 + 1/3 1/3) / 2 = (4 + 2 + 2 + 1) / 9 / 2 = 1/2
TEST(Stability, ByHand) {
  const Stability s = stability(routes(4, {{0, 1}, {0, 2}, {1, 3}}), routes(4, {{1, 0}, {2, 3}, {0, 2}}));
  EXPECT_DOUBLE_EQ(s.saturation, 0.5);
  EXPECT_DOUBLE_EQ(s.churn, 0.5);
  EXPECT_DOUBLE_EQ(s.chance, 0.5);
}

TEST(Stability, OfARouteWithItselfIsOneAndOfRandomRoutesIsChance) {
  const Assignments a = random_routes(8, 2, 20'000, 1), b = random_routes(8, 2, 20'000, 2);
  EXPECT_EQ(stability(a, a).saturation, 1);
  EXPECT_EQ(stability(a, a).churn, 0);
  const Stability s = stability(a, b);
  EXPECT_NEAR(s.chance, 2.0 / 8, 1e-3);  // k / N
  EXPECT_NEAR(s.saturation, s.chance, 0.01);
  // One look against itself: sum of squared loads over k.
  EXPECT_NEAR(stability(a, a).chance, 8 * 0.25 * 0.25 / 2, 1e-3);
}

TEST(Stability, NeedsTheSameTokensAndK) {
  const Assignments two = routes(4, {{0, 1}, {0, 2}}), one = routes(4, {{0}, {0}});
  EXPECT_TRUE(std::isnan(stability(two, one).saturation));
  EXPECT_TRUE(std::isnan(stability(two, routes(4, {{0, 1}})).saturation));
  EXPECT_TRUE(std::isnan(stability(routes(4, {{0, 1}, {0}}), routes(4, {{0, 1}, {0}})).saturation))
      << "tokens differ in how many they have";
  EXPECT_TRUE(std::isnan(stability(Assignments{}, Assignments{}).saturation));
}

TEST(Stability, OfTwoLooks) {
  const auto tokens_with = [](std::vector<std::int32_t> ids) {
    auto tokens = std::make_shared<ProbeTokens>();
    tokens->id = std::move(ids);
    tokens->sequence_length = 2;
    return tokens;
  };
  Snapshot a, b;
  a.tokens = tokens_with({4, 5});
  b.tokens = tokens_with({4, 5});  // of another model on the same text
  a.layers = b.layers = {probed(3, {{0}, {1}}), probed(3, {{0}, {1}})};
  b.layers[1] = probed(3, {{0}, {2}});
  const auto layers = stability(a, b);
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0].churn, 0);
  EXPECT_EQ(layers[1].churn, 0.5);
  b.tokens = tokens_with({4, 6});
  EXPECT_TRUE(stability(a, b).empty());
  b.tokens = a.tokens;
  b.layers.pop_back();
  EXPECT_TRUE(stability(a, b).empty());
}

// First choices 0 0 | 0 1 in sequences of two: pairs (0,0) and (0,1); the pair across the seam does not count.
TEST(Repetition, NeverAcrossSequences) {
  const Repetition r = repetition(routes(2, {{0, 1}, {0, 1}, {0, 1}, {1, 0}}), 2);
  EXPECT_EQ(r.pairs, 2);
  EXPECT_DOUBLE_EQ(r.share, 0.5);
  EXPECT_DOUBLE_EQ(r.chance, 0.75 * 0.75 + 0.25 * 0.25);
  EXPECT_EQ(repetition(routes(2, {{0}, {0}, {0}, {1}}), 4).pairs, 3);
  EXPECT_TRUE(std::isnan(repetition(routes(2, {{0}, {0}}), 1).share)) << "points have no neighbours";
}

TEST(Repetition, OfARandomRouterIsChance) {
  const Repetition r = repetition(random_routes(8, 2, 20'000, 3), 100);
  EXPECT_NEAR(r.chance, 1.0 / 8, 1e-3);
  EXPECT_NEAR(r.share, r.chance, 0.01);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
