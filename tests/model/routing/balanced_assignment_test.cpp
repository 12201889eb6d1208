// The best assignment with even loads: against all there are, and, where those are too many, by what makes it the
// best.
#include "core/model/routing/balanced_assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/support/torch_gtest.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using Numbers = std::vector<std::int64_t>;

at::Tensor random_scores(std::int64_t tokens, std::int64_t experts, std::uint64_t seed) {
  return at::empty({tokens, experts}, at::kDouble).normal_(0, 1, at::detail::createCPUGenerator(seed));
}

double sum_of(const at::Tensor& scores, const Numbers& experts) {
  double sum = 0;
  for (std::size_t t = 0; t < experts.size(); ++t)
    sum += scores[static_cast<std::int64_t>(t)][experts[t]].item<double>();
  return sum;
}

Numbers loads_of(const Numbers& experts, std::int64_t count, Numbers held = {}) {
  held.resize(static_cast<std::size_t>(count), 0);
  for (const std::int64_t e : experts) ++held[static_cast<std::size_t>(e)];
  return held;
}

bool is_even(const Numbers& loads) {
  const std::int64_t all = std::accumulate(loads.begin(), loads.end(), std::int64_t{0}),
                     n = static_cast<std::int64_t>(loads.size());
  return std::all_of(loads.begin(), loads.end(),
                     [&](std::int64_t load) { return load >= all / n && load <= (all + n - 1) / n; });
}

double best_of_all(const at::Tensor& scores, const Numbers& held) {
  const std::int64_t tokens = scores.size(0), experts = scores.size(1);
  double best = -std::numeric_limits<double>::infinity();
  Numbers chosen(static_cast<std::size_t>(tokens), 0);
  for (;;) {
    if (is_even(loads_of(chosen, experts, held))) best = std::max(best, sum_of(scores, chosen));
    std::size_t at = 0;
    while (at < chosen.size() && ++chosen[at] == experts) chosen[at++] = 0;
    if (at == chosen.size()) return best;
  }
}

TEST(BalancedAssignment, IsTheBestOfAllThatAreEven) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const std::int64_t experts = 1 + static_cast<std::int64_t>(seed % 4),
                       tokens = static_cast<std::int64_t>(seed % 7);
    const at::Tensor scores = random_scores(tokens, experts, seed);
    const Numbers found = balanced_assignment(scores);
    EXPECT_TRUE(is_even(loads_of(found, experts))) << seed;
    EXPECT_NEAR(sum_of(scores, found), best_of_all(scores, {}), 1e-9) << seed;
    // Beside what experts have of earlier choices.
    Numbers held(static_cast<std::size_t>(experts), 2);
    for (std::int64_t e = 0; e < static_cast<std::int64_t>(seed) % experts; ++e)
      ++held[static_cast<std::size_t>(e)];
    const Numbers beside = balanced_assignment(scores, {held, {}});
    if (best_of_all(scores, held) == -std::numeric_limits<double>::infinity()) continue;
    EXPECT_TRUE(is_even(loads_of(beside, experts, held))) << seed;
    EXPECT_NEAR(sum_of(scores, beside), best_of_all(scores, held), 1e-9) << seed;
  }
}

// No ring of tokens that pass their expert on, and no way from an expert with one more to one without, is worth
// anything: then a flow is one of least cost.
TEST(BalancedAssignment, NothingCanBeExchangedForTheBetter) {
  for (const auto& [tokens, experts] : {std::pair{400, 7}, {512, 16}, {1000, 33}}) {
    // A part that all share makes one expert everybody's first choice.
    at::Tensor scores = random_scores(tokens, experts, 5) + 3 * random_scores(1, experts, 6);
    const Numbers found = balanced_assignment(scores), loads = loads_of(found, experts);
    EXPECT_TRUE(is_even(loads));
    const auto n = static_cast<std::size_t>(experts);
    std::vector<std::vector<double>> way(n, std::vector<double>(n, std::numeric_limits<double>::infinity()));
    const double* s = scores.data_ptr<double>();
    for (std::size_t t = 0; t < found.size(); ++t)
      for (std::size_t j = 0; j < n; ++j) {
        const auto i = static_cast<std::size_t>(found[t]);
        way[i][j] = std::min(way[i][j], s[t * n + i] - s[t * n + j]);
      }
    for (std::size_t via = 0; via < n; ++via)
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) way[i][j] = std::min(way[i][j], way[i][via] + way[via][j]);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        if (i == j || loads[i] > loads[j]) {
          EXPECT_GE(way[i][j], -1e-9) << i << " to " << j;
        }
  }
}

// Further choices, of as few experts as there can be: every token has different ones, whatever its scores are.
TEST(BalancedAssignment, WhatIsTakenIsNotGivenAgain) {
  const double inf = std::numeric_limits<double>::infinity();
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::int64_t experts = 2 + static_cast<std::int64_t>(seed % 4),
                       tokens = 1 + static_cast<std::int64_t>(seed % 9);
    at::Tensor scores = random_scores(tokens, experts, seed);
    if (seed % 2 == 1)
      scores.masked_fill_(random_scores(tokens, experts, seed + 1000) > 0.5, seed % 4 == 1 ? -inf : std::nan(""));
    Assigned before{Numbers(static_cast<std::size_t>(experts)),
                    std::vector<std::uint8_t>(static_cast<std::size_t>(tokens * experts))};
    for (std::int64_t round = 0; round < experts; ++round) {
      const Numbers found = balanced_assignment(scores, before);
      for (std::int64_t t = 0; t < tokens; ++t) {
        const std::int64_t e = found[static_cast<std::size_t>(t)];
        std::uint8_t& taken = before.taken[static_cast<std::size_t>(t * experts + e)];
        EXPECT_EQ(taken, 0) << "seed " << seed << " round " << round << " token " << t;
        taken = 1;
        ++before.held[static_cast<std::size_t>(e)];
      }
    }
    // In the end every token has had every expert.
    for (const std::int64_t held : before.held) EXPECT_EQ(held, tokens) << seed;
  }
}

TEST(BalancedAssignment, EqualScoresGoByNumberAndWhatIsNoNumberIsAvoided) {
  EXPECT_EQ(balanced_assignment(at::zeros({5, 3})), (Numbers{0, 1, 2, 0, 1}));
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(balanced_assignment(torch::tensor({nan, 0.0f, -inf, 1.0f, 5.0f, 4.0f, 9.0f, -inf}).view({4, 2})),
            (Numbers{1, 1, 0, 0}));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
