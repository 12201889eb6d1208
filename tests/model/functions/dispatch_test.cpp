#include "core/model/functions/dispatch.h"

#include "core/config/cost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/random.h"
#include "core/model/kernels/draws.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(ExpertCapacity, IsTheCeilingOfTheFairShareTimesTheFactor) {
  EXPECT_EQ(expert_capacity(1.0, 2, 12, 4), 6);
  EXPECT_EQ(expert_capacity(1.25, 1, 10, 4), 4);   // 3.125
  EXPECT_EQ(expert_capacity(1.1, 1, 100, 10), 11);  // 11.000000000000002 in doubles is still 11
  EXPECT_EQ(expert_capacity(0.05, 1, 4, 64), 1);   // never none
  EXPECT_EQ(expert_capacity(64, 2, 12, 4), 12);    // never more than the tokens
}

// Four tokens, k = 2, N = 2, factor 0.75: C = 3. First choices 0 0 0 1 fill expert 0; of its second
// choices (token 3 only) none fits. Expert 1: token 3's first choice, then tokens 0 and 1's second
// choices; token 2's comes too late.
TEST(BuildDispatch, DropLateKeepsFirstChoicesThenSecondOnesByPosition) {
  const at::Tensor chosen = torch::tensor({0, 1, 0, 1, 0, 1, 1, 0}, at::kLong).view({4, 2});
  const auto plan = build_dispatch(chosen, 2, {Overflow::drop_late, 0.75});
  std::vector<int> kept;
  for (const std::int32_t row : plan->row) kept.push_back(row >= 0);
  EXPECT_EQ(kept, (std::vector<int>{1, 1, 1, 1, 1, 0, 1, 0}));
  EXPECT_EQ(plan->counts, (std::vector<std::int64_t>{4, 4})) << "counts are before capacity";
  EXPECT_EQ(plan->dropped(), 2);
  EXPECT_EQ(plan->dropped_tokens, 0);
}

// k = 2, N = 3, T = 4, factor 0.75: C = 2. Expert 0 is wanted by 0 1 2 first and 3 second, expert 1 by 3 first
// and 0 1 2 second. Which two of each stay is what the policies differ in.
class Keeps : public ::testing::Test {
 protected:
  std::vector<int> kept(Overflow overflow) const {
    const auto plan = build_dispatch(chosen_, 3, {overflow, 0.75}, {weights_, probs_, {}});
    std::vector<int> kept;
    for (const std::int32_t row : plan->row) kept.push_back(row >= 0);
    return kept;
  }
  at::Tensor chosen_ = torch::tensor({0, 1, 0, 1, 0, 1, 1, 0}, at::kLong).view({4, 2});
  at::Tensor weights_ = torch::tensor({.5F, .1F, .4F, .3F, .6F, .2F, .7F, .5F}).view({4, 2});
  at::Tensor probs_ = torch::tensor({.5F, .4F, .1F, .6F, .3F, .1F, .7F, .2F, .1F, .1F, .8F, .1F}).view({4, 3});
};

TEST_F(Keeps, LateFirstChoicesByPosition) { EXPECT_EQ(kept(Overflow::drop_late), (std::vector<int>{1, 1, 1, 0, 0, 0, 1, 0})); }
TEST_F(Keeps, LateTokenByToken) { EXPECT_EQ(kept(Overflow::drop_late_token), (std::vector<int>{1, 1, 1, 1, 0, 0, 0, 0})); }
// Expert 0: weights .5 .4 .6 and .5 (token 3): .6, then .5 of the earlier token. Expert 1: .1 .3 .2 and .7.
TEST_F(Keeps, LowestWeightsGo) { EXPECT_EQ(kept(Overflow::drop_low), (std::vector<int>{1, 0, 0, 1, 1, 0, 1, 0})); }
// Largest probabilities .5 .6 .7 .8: tokens 3 2 1 0. First choices 2 and 1 fill expert 0; expert 1 has 3's first
// choice, then the second choice of 2.
TEST_F(Keeps, BatchPriority) { EXPECT_EQ(kept(Overflow::drop_bpr), (std::vector<int>{0, 0, 1, 0, 1, 1, 1, 0})); }

TEST(BuildDispatch, DropRandomKeepsEveryAssignmentEquallyOften) {
  // One expert, ten assignments, four places: each stays in 40 % of the draws.
  const at::Tensor chosen = at::zeros({10, 1}, at::kLong);
  DispatchScores scores;
  constexpr int kDraws = 3000;
  std::vector<int> times(10);
  for (int i = 0; i < kDraws; ++i) {
    scores.mixed = random_order({9, i}, "test", 10);
    const auto plan = build_dispatch(chosen, 1, {Overflow::drop_random, 0.4}, scores);
    EXPECT_EQ(plan->rows(), 4);
    for (std::size_t a = 0; a < 10; ++a) times[a] += plan->row[a] >= 0;
  }
  // Four standard deviations of a binomial draw.
  for (const int count : times) EXPECT_NEAR(count, 0.4 * kDraws, 4 * std::sqrt(kDraws * 0.4 * 0.6));
}

// A prefix of the text is dispatched the same whatever follows it, unless capacity itself changes.
TEST(BuildDispatch, DropLateByTokenNeverLooksAhead) {
  RandomStream random(6, "causal");
  std::vector<std::int64_t> chosen;
  for (int t = 0; t < 60; ++t) {
    const auto first = static_cast<std::int64_t>(random.below(4));
    chosen.push_back(first);
    chosen.push_back((first + 1 + static_cast<std::int64_t>(random.below(3))) % 4);
  }
  const auto kept = [&](std::int64_t tokens) {
    const at::Tensor ids = torch::tensor(chosen, at::kLong).view({60, 2}).narrow(0, 0, tokens).contiguous();
    // The factor that gives the same ten places to any length.
    const auto plan = build_dispatch(ids, 4, {Overflow::drop_late_token, 10 * 4.0 / (2.0 * static_cast<double>(tokens))});
    std::vector<int> stays;
    for (const std::int32_t row : plan->row) stays.push_back(row >= 0);
    return stays;
  };
  const auto whole = kept(60);
  for (const std::int64_t tokens : {20, 35, 50}) {
    const auto part = kept(tokens);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin())) << tokens;
  }
}

TEST(BuildDispatch, InvariantsOverRandomShapes) {
  RandomStream random(5, "dispatch test");
  for (int trial = 0; trial < 200; ++trial) {
    const std::int64_t experts = 1 + static_cast<std::int64_t>(random.below(20));
    const std::int64_t k = 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(experts)));
    const std::int64_t tokens = 1 + static_cast<std::int64_t>(random.below(60));
    const CapacityRule rule{static_cast<Overflow>(random.below(6)), 0.1 + 2 * random.uniform()};
    std::vector<std::int64_t> chosen;
    for (std::int64_t t = 0; t < tokens; ++t) {
      std::vector<std::int64_t> ids(experts);
      for (std::int64_t e = 0; e < experts; ++e) ids[e] = e;
      for (std::int64_t j = 0; j < k; ++j) {
        std::swap(ids[j], ids[j + random.below(static_cast<std::uint64_t>(experts - j))]);
        chosen.push_back(ids[j]);
      }
    }
    const auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(trial));
    const DispatchScores scores{at::rand({tokens, k}, generator), at::rand({tokens, experts}, generator),
                                at::randperm(tokens * k, generator, at::kLong)};
    const auto plan = build_dispatch(torch::tensor(chosen, at::kLong).view({tokens, k}), experts, rule, scores);

    std::set<std::int32_t> used;
    std::int64_t lost_tokens = 0;
    for (std::int64_t t = 0; t < tokens; ++t) {
      bool lost = true;
      for (std::int64_t a = t * k; a < (t + 1) * k; ++a) {
        const std::int32_t row = plan->row[a];
        if (row < 0) continue;
        lost = false;
        EXPECT_TRUE(used.insert(row).second) << "one row, one assignment";
        EXPECT_EQ(plan->token[row], t);
        EXPECT_EQ(plan->assignment[row], a);
        EXPECT_GE(row, plan->offset[chosen[a]]);
        EXPECT_LT(row, plan->offset[chosen[a] + 1]);
      }
      lost_tokens += lost;
    }
    EXPECT_EQ(static_cast<std::int64_t>(used.size()), plan->rows());
    EXPECT_EQ(lost_tokens, plan->dropped_tokens);
    const std::int64_t capacity = expert_capacity(rule.capacity_factor, k, tokens, experts);
    for (std::int64_t e = 0; e < experts; ++e) {
      const std::int64_t held = plan->offset[e + 1] - plan->offset[e];
      EXPECT_EQ(plan->counts[e], std::count(chosen.begin(), chosen.end(), e));
      EXPECT_EQ(held, rule.overflow == Overflow::dropless ? plan->counts[e] : std::min(plan->counts[e], capacity));
    }
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
