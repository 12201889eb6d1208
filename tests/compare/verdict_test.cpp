#include "core/compare/verdict.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "core/base/random.h"
#include "core/compare/holm.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

double normal(RandomStream& random) {
  const double u = 1 - random.uniform(), v = random.uniform();
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

TEST(Holm, HoldsEachAgainstItsLevelAndEndsAtTheFirstThatFails) {
  const double p[] = {0.04, 0.001, 0.02, 0.03};
  const std::vector<HolmResult> results = holm(p, 0.05);
  EXPECT_TRUE(results[1].is_different);  // 0.001 < 0.0125
  EXPECT_DOUBLE_EQ(results[1].level, 0.0125);
  EXPECT_FALSE(results[2].is_different);  // 0.02 >= 0.05 / 3: the end
  for (const std::size_t i : {0u, 2u, 3u}) EXPECT_DOUBLE_EQ(results[i].level, 0.05 / 3) << i;
  EXPECT_FALSE(results[0].is_different);  // though 0.04 < 0.05
  EXPECT_TRUE(holm({}, 0.05).empty());
  const double alone[] = {0.049};
  EXPECT_TRUE(holm(alone, 0.05)[0].is_different);
}

// What is called different has an interval without 0, and what is not holds it.
TEST(Verdict, FindingAndIntervalAgree) {
  RandomStream random(3, "verdicts");
  int findings[2] = {};
  for (int round = 0; round < 400; ++round) {
    std::vector<Arm> arms;
    for (int arm = 0; arm < 4; ++arm) {
      arms.push_back({.name = std::string(1, static_cast<char>('A' + arm)), .is_paired = round % 2 == 0});
      for (int seed = 0; seed < 5; ++seed)
        arms.back().by_seed.push_back(2 + 0.02 * arm * (round % 3) + 0.02 * normal(random));
    }
    for (const Verdict& v : judge(arms, 5)) {
      const bool different = v.finding != Finding::undecided;
      ++findings[different];
      EXPECT_EQ(different, std::fabs(v.difference) > v.half_width)
          << v.name << " " << v.difference << " " << v.half_width;
      EXPECT_EQ(v.finding == Finding::better, different && v.difference < 0);
      EXPECT_FALSE(v.is_provisional);
    }
  }
  EXPECT_GT(findings[0], 100);
  EXPECT_GT(findings[1], 100);
}

// 10,000 comparisons of equal arms, 5 seeds: 5 % are called different, within three standard errors (0.65 %).
// Pairs share what their seed brings; independent samples of equal size and variance are called a little too
// seldom (Welch).
TEST(Verdict, OfEqualArmsOneInTwentyIsCalledDifferent) {
  constexpr int kDraws = 10'000;
  for (const bool is_paired : {true, false}) {
    RandomStream random(11, is_paired ? "pairs" : "samples");
    int called = 0;
    for (int draw = 0; draw < kDraws; ++draw) {
      Arm a{.name = "A"}, b{.name = "B", .is_paired = is_paired};
      for (int seed = 0; seed < 5; ++seed) {
        const double shared = is_paired ? 3 * normal(random) : 0;
        a.by_seed.push_back(shared + normal(random));
        b.by_seed.push_back(shared + normal(random));
      }
      const Arm arms[] = {a, b};
      called += judge(arms, 5)[0].finding != Finding::undecided;
    }
    EXPECT_LE(called, 500 + 65) << is_paired;
    EXPECT_GE(called, is_paired ? 500 - 65 : 350) << is_paired;
  }
}

// Three equal arms against one: at least one called different in at most 5 % of all, which without Holm were 11 %.
TEST(Verdict, OfSeveralEqualArmsOneInTwentyFamiliesHasOneCalledDifferent) {
  constexpr int kDraws = 10'000;
  RandomStream random(13, "families");
  int called = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    std::vector<Arm> arms(4);
    for (Arm& arm : arms)
      for (int seed = 0; seed < 5; ++seed) arm.by_seed.push_back(normal(random));
    bool any = false;
    for (const Verdict& v : judge(arms, 5)) any = any || v.finding != Finding::undecided;
    called += any;
  }
  EXPECT_LE(called, 500 + 65);
  EXPECT_GE(called, 250);
}

TEST(Verdict, SaysInWordsWhatCameOut) {
  const Arm arms[] = {{"dense", {2.0, 2.1, 2.2, 2.3, 2.4}},
                      {"switch", {1.98, 2.079, 2.18, 2.281, 2.38}},
                      {"hash", {2.01, 2.09, 2.21, 2.29, 2.405}},
                      {"twin", {2.0, 2.1, 2.2, 2.3, 2.4}}};
  const std::vector<Verdict> verdicts = judge(arms, 5);
  EXPECT_EQ(verdicts[0].finding, Finding::better);
  EXPECT_EQ(verdicts[1].finding, Finding::undecided);
  EXPECT_EQ(verdicts[2].finding, Finding::identical_bits);
  // Of two arms that are judged together the surer one is held against 2.5 %: t = 3.4954 at 4 degrees, error
  // 0.000316.
  EXPECT_NEAR(verdicts[0].half_width, 3.495406 * 0.001 * std::sqrt(0.5 / 5), 1e-8);
  EXPECT_EQ(in_words("dense", std::span(verdicts).first(1), {.steps = 1000}),
            "switch is better than dense by 0.0200 ± 0.0011 nats at 1,000 steps (5 seeds, 95 %, paired t). Not "
            "shown: other "
            "sizes, other texts.");
  const std::string all = in_words("dense", verdicts, {.steps = 1000});
  EXPECT_NE(
      all.find("hash cannot be told from dense at 1,000 steps: +0.001 ± 0.013 nats (5 seeds, 95 %, paired t)"),
      std::string::npos)
      << all;
  EXPECT_NE(all.find("twin and dense have identical bits at 1,000 steps (5 seeds)"), std::string::npos) << all;
}

TEST(Verdict, ComesWithTheThirdSeedAndIsProvisionalUntilTheLast) {
  Arm a{.name = "A", .by_seed = {1, 2}}, b{.name = "B", .by_seed = {1.5, 2.51}};
  const auto of = [&](std::size_t planned) {
    const Arm arms[] = {a, b};
    return judge(arms, planned);
  };
  EXPECT_EQ(of(5)[0].finding, Finding::too_few_seeds);
  EXPECT_EQ(in_words("A", of(5), {.not_shown = {}}), "B against A: 2 seeds, too few for a verdict (from 3 on).");
  a.by_seed.push_back(3), b.by_seed.push_back(3.5);
  EXPECT_EQ(of(5)[0].finding, Finding::worse);
  EXPECT_TRUE(of(5)[0].is_provisional);
  EXPECT_TRUE(in_words("A", of(5), {.not_shown = {}}).ends_with(", provisional."));
  EXPECT_FALSE(of(3)[0].is_provisional);
  // A queue of seeds under way: the arms are as far as the shorter.
  b.by_seed.pop_back();
  EXPECT_EQ(of(5)[0].seeds, 2u);
}

TEST(Verdict, WhatDivergedIsSaidAndNotJudged) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  const Arm arms[] = {{"A", {1, 2, 3}}, {"B", {1, nan, inf}}, {"C", {1.5, 2.5, 3.5}}};
  const std::vector<Verdict> verdicts = judge(arms, 3);
  EXPECT_EQ(verdicts[0].finding, Finding::diverged);
  EXPECT_EQ(in_words("A", std::span(verdicts).first(1), {.not_shown = {}}),
            "B diverged at 2 of 3 seeds: no verdict.");
  EXPECT_EQ(verdicts[1].finding, Finding::worse);  // judged as the only arm left
  const Arm turned[] = {{"B", {1, nan, 3}}, {"A", {1, 2, 3}}};
  EXPECT_EQ(in_words("B", judge(turned, 3), {.not_shown = {}}), "A cannot be judged, as B diverged.");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
