#include "core/insight/co_activation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/insight/layer_flow.h"
#include "core/insight/route_sets.h"
#include "tests/insight/routes.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;

// Their tables would be of N N numbers, whatever few tokens chose.
TEST(CoActivation, OfTooManyExpertsThereIsNoTable) {
  const Assignments few = routes(kMostPairedExperts, {{0, 1023}}),
                    many = routes(kMostPairedExperts + 1, {{0, 1024}});
  EXPECT_FALSE(co_activation(few).empty());
  const CoActivation none = co_activation(many);
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.experts, kMostPairedExperts + 1);
  EXPECT_FALSE(layer_flow(std::vector<Assignments>{few, few})[0].empty());
  EXPECT_TRUE(layer_flow(std::vector<Assignments>{few, many})[0].empty());
  // 32 tables of 1,024 x 1,024 numbers fit.
  const auto flows = layer_flow(std::vector<Assignments>(40, few));
  EXPECT_FALSE(flows[31].empty());
  EXPECT_TRUE(flows[32].empty());
  EXPECT_EQ(flows[32].from, 0) << "a count of it would be out of it";
}

// Four tokens, k = 2: 01 01 02 12. N_i = 3, 3, 2; N_01 = 2, N_02 = 1, N_12 = 1; A = 8.
//   share[0,1] = 2/3, share[2,0] = 1/2;  lift[0,1] = 2/3 (8 - 3) / (1 * 3) = 10/9;  lift[2,0] = 1/2 (8 - 2) / 3 =
//   1
TEST(CoActivation, PairsByHand) {
  const CoActivation c = co_activation(routes(3, {{0, 1}, {1, 0}, {0, 2}, {2, 1}}));
  EXPECT_THAT(c.tokens, ElementsAre(3, 3, 2));
  EXPECT_THAT(c.pairs, ElementsAre(0, 2, 1, 2, 0, 1, 1, 1, 0));
  EXPECT_DOUBLE_EQ(c.share[c.at(0, 1)], 2.0 / 3);
  EXPECT_DOUBLE_EQ(c.share[c.at(2, 0)], 1.0 / 2);
  EXPECT_DOUBLE_EQ(c.lift[c.at(0, 1)], 10.0 / 9);
  EXPECT_DOUBLE_EQ(c.lift[c.at(2, 0)], 1);
  EXPECT_DOUBLE_EQ(c.chance, 1.0 / 2);
  EXPECT_TRUE(std::isnan(c.share[c.at(1, 1)]));
}

// Neighbours in rank alone would miss the pair 0 2 of every token.
TEST(CoActivation, CountsAllPairsOfATokensExperts) {
  const CoActivation c = co_activation(routes(4, {{0, 1, 2}, {0, 3, 2}}));
  EXPECT_EQ(c.pairs[c.at(0, 2)], 2);
  EXPECT_DOUBLE_EQ(c.share[c.at(0, 2)], 1);
  double row = 0;
  for (const std::int32_t j : {1, 2, 3}) row += c.share[c.at(0, j)];
  EXPECT_DOUBLE_EQ(row, 2) << "k - 1";
}

TEST(CoActivation, ARandomRouterIsAtChance) {
  for (const std::size_t k : {2UL, 4UL}) {
    const CoActivation c = co_activation(random_routes(8, k, 20'000, 11));
    const double chance = static_cast<double>(k - 1) / 7;
    EXPECT_DOUBLE_EQ(c.chance, chance);
    for (std::int32_t i = 0; i < 8; ++i)
      for (std::int32_t j = 0; j < 8; ++j) {
        if (i == j) continue;
        // N_i = 5,000 or more: deviation at most 0.007.
        EXPECT_NEAR(c.share[c.at(i, j)], chance, 0.035);
        EXPECT_NEAR(c.lift[c.at(i, j)], 1, 0.2);
      }
  }
}

TEST(CoActivation, OneExpertATokenHasNoPairs) {
  const CoActivation c = co_activation(routes(3, {{0}, {1}, {0}}));
  EXPECT_FALSE(c.empty());
  EXPECT_TRUE(std::isnan(c.chance));
  EXPECT_TRUE(std::isnan(c.share[1]));
  EXPECT_TRUE(co_activation(Assignments{}).empty());
}

TEST(CoActivation, CountsOnlyTheTokensAmong) {
  const CoActivation c = co_activation(routes(3, {{0, 1}, {1, 0}, {0, 2}, {2, 1}}), {1, 0, 0, 1});
  EXPECT_THAT(c.tokens, ElementsAre(1, 2, 1));
}

// --- flow between layers

std::vector<ProbeLayer> two_layers() {
  return {probed(3, {{0, 1}, {0, 2}, {1, 2}}), probed(2, {{0, 1}, {1, 0}, {1, 0}})};
}

// Token 0: {0,1} x {0,1}, token 1: {0,2} x {1,0}, token 2: {1,2} x {1,0}: every expert meets both, once a token.
TEST(LayerFlow, AllPairsByHand) {
  const auto flows = layer_flow(two_layers());
  ASSERT_EQ(flows.size(), 1u);
  EXPECT_EQ(flows[0].from, 3);
  EXPECT_EQ(flows[0].to, 2);
  EXPECT_THAT(flows[0].counts, ElementsAre(2, 2, 2, 2, 2, 2));
  EXPECT_EQ(flows[0].tokens, 3);
}

TEST(LayerFlow, FirstChoicesByHand) {
  FlowFilter filter;
  filter.choice = Choice::first;
  const auto flows = layer_flow(two_layers(), filter);
  EXPECT_THAT(flows[0].counts, ElementsAre(1, 1, 0, 1, 0, 0));
  EXPECT_EQ(flows[0].count(0, 1), 1);
}

TEST(LayerFlow, FollowsOneExpertAndOneLabel) {
  FlowFilter filter;
  filter.choice = Choice::first;
  filter.through = {1, 1};  // tokens 1 and 2
  EXPECT_THAT(layer_flow(two_layers(), filter)[0].counts, ElementsAre(0, 1, 0, 1, 0, 0));
  filter.through.reset();
  filter.among = with_label(labels({0, 1, 0}, 2), 0);  // tokens 0 and 2
  EXPECT_THAT(layer_flow(two_layers(), filter)[0].counts, ElementsAre(1, 0, 0, 1, 0, 0));
  filter.through = {9, 0};
  EXPECT_EQ(layer_flow(two_layers(), filter)[0].tokens, 0) << "no such layer";
}

TEST(LayerFlow, NeedsTwoLayersThatChoose) {
  EXPECT_TRUE(layer_flow({probed(3, {{0}})}).empty());
  auto layers = two_layers();
  layers[1].choices = false;
  EXPECT_TRUE(layer_flow(layers)[0].empty());
}

// --- sets of a counterfactual

TEST(RouteSets, AreAllOthersWhereTheyAreFew) {
  EXPECT_EQ(combinations(8, 2), 28);
  EXPECT_EQ(combinations(64, 8), 4426165368.0);
  const auto sets = route_sets(4, 2, {0, 2}, 1000, 1);
  EXPECT_THAT(sets, ElementsAre(ElementsAre(0, 1), ElementsAre(0, 3), ElementsAre(1, 2), ElementsAre(1, 3),
                                ElementsAre(2, 3)));
  EXPECT_TRUE(route_sets(3, 3, {0, 1, 2}, 1000, 1).empty());
}

TEST(RouteSets, LeaveOutThoseThatNobodyCanChoose) {
  EXPECT_THAT(route_sets(4, 2, {0, 2}, 1000, 1, {0, 1, 0, 0}), ElementsAre(ElementsAre(0, 3), ElementsAre(2, 3)));
  EXPECT_EQ(route_sets(4, 2, {0, 2}, 1000, 1, {0, 0, 0, 0}).size(), 5u);
  std::vector<std::uint8_t> odd(64, 0);
  for (std::size_t e = 1; e < 64; e += 2) odd[e] = 1;
  const auto sample = route_sets(64, 2, {0, 2}, 100, 1, odd);
  ASSERT_EQ(sample.size(), 100u);
  for (const auto& set : sample) EXPECT_EQ(set[0] % 2 + set[1] % 2, 0);
}

TEST(RouteSets, AreAFairSampleWhereTheyAreMany) {
  const std::vector<std::int32_t> own{3, 9};
  auto sets = route_sets(64, 2, own, 1000, 5);  // of 2,015
  ASSERT_EQ(sets.size(), 1000u);
  EXPECT_EQ(sets, route_sets(64, 2, own, 1000, 5));
  EXPECT_NE(sets, route_sets(64, 2, own, 1000, 6));
  std::vector<int> seen(64, 0);
  for (const auto& set : sets) {
    ASSERT_EQ(set.size(), 2u);
    ASSERT_LT(set[0], set[1]);
    for (const std::int32_t e : set) ++seen[static_cast<std::size_t>(e)];
  }
  std::sort(sets.begin(), sets.end());
  EXPECT_EQ(std::adjacent_find(sets.begin(), sets.end()), sets.end()) << "a set twice";
  EXPECT_EQ(std::count(sets.begin(), sets.end(), own), 0);
  // 31.25 of each expert, deviation about 3.9.
  EXPECT_THAT(seen, testing::Each(testing::AllOf(testing::Gt(11), testing::Lt(52))));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
