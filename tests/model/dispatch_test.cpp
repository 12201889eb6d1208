#include "core/model/dispatch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/base/random.h"

namespace switchyard {
namespace {

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

TEST(BuildDispatch, InvariantsOverRandomShapes) {
  RandomStream random(5, "dispatch test");
  for (int trial = 0; trial < 200; ++trial) {
    const std::int64_t experts = 1 + static_cast<std::int64_t>(random.below(20));
    const std::int64_t k = 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(experts)));
    const std::int64_t tokens = 1 + static_cast<std::int64_t>(random.below(60));
    const CapacityRule rule{random.below(2) ? Overflow::drop_late : Overflow::dropless, 0.1 + 2 * random.uniform()};
    std::vector<std::int64_t> chosen;
    for (std::int64_t t = 0; t < tokens; ++t) {
      std::vector<std::int64_t> ids(experts);
      for (std::int64_t e = 0; e < experts; ++e) ids[e] = e;
      for (std::int64_t j = 0; j < k; ++j) {
        std::swap(ids[j], ids[j + random.below(static_cast<std::uint64_t>(experts - j))]);
        chosen.push_back(ids[j]);
      }
    }
    const auto plan = build_dispatch(torch::tensor(chosen, at::kLong).view({tokens, k}), experts, rule);

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

}  // namespace
}  // namespace switchyard
