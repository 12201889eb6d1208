// Which experts stay, and what becomes of the weights.
#include "core/causes/prune_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

// Expert e of one block is a single number, 10 times its number; the last two are nearly the same.
std::vector<NamedTensor> four_experts() {
  const std::string mixture = "model.layers.2.block_sparse_moe.";
  std::vector<NamedTensor> weights{{"model.norm.weight", {1}, {7}},
                                   {mixture + "gate.weight", {4, 2}, {0, 1, 10, 11, 20, 21, 30, 31}},
                                   {mixture + "gate.e_score_correction_bias", {4}, {0, 1, 2, 3}},
                                   {mixture + "shared_experts.w1.weight", {1, 1}, {5}}};
  const float of[4][2] = {{1, 0}, {0, 1}, {-1, 0.1F}, {-1, 0}};
  for (int e = 0; e < 4; ++e)
    weights.push_back({mixture + "experts." + std::to_string(e) + ".w1.weight", {1, 2}, {of[e][0], of[e][1]}});
  return weights;
}

TrialLayer looked() {
  TrialLayer layer;
  layer.block = 2, layer.experts = 4, layer.top_k = 2;
  layer.expert = {0, 1, 0, 2, 0, 3, 1, 3};  // 0: 3, 1: 2, 2: 1, 3: 2
  layer.weight = {0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F};
  layer.norm = {1, 2, 1, 100, 1, 4, 2, 4};
  layer.kept.assign(8, 1);
  return layer;
}

const NamedTensor* find(const std::vector<NamedTensor>& weights, const std::string& end) {
  for (const NamedTensor& one : weights)
    if (one.name.ends_with(end)) return &one;
  return nullptr;
}

std::vector<std::int32_t> kept_by(PruneMethod method, std::int64_t kept) {
  std::vector<std::int32_t> experts;
  for (const MergedExpert& one : pruned_layer(method, looked(), four_experts(), kept, 1).experts)
    experts.push_back(one.front().first);
  return experts;
}

TEST(Prune, KeepsThoseThatTheRuleNames) {
  EXPECT_EQ(kept_by(PruneMethod::frequency, 2), (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(kept_by(PruneMethod::reap, 2), (std::vector<std::int32_t>{2, 3})) << "seldom, but much";
  EXPECT_EQ(kept_by(PruneMethod::random, 4), (std::vector<std::int32_t>{0, 1, 2, 3}));
  EXPECT_EQ(kept_by(PruneMethod::random, 2).size(), 2u);
}

TEST(Prune, MergesTheMostSimilarByHowOftenTheyAreChosen) {
  const LayerPruning merged = pruned_layer(PruneMethod::merge, looked(), four_experts(), 3, 1);
  ASSERT_EQ(merged.experts.size(), 3u);
  ASSERT_EQ(merged.experts[2].size(), 2u);
  EXPECT_EQ(merged.experts[2][0].first, 2);
  EXPECT_DOUBLE_EQ(merged.experts[2][0].second, 1.0 / 3);
  EXPECT_EQ(merged.experts[2][1].first, 3);
  const auto weights = with_fewer_experts(four_experts(), {merged});
  ASSERT_TRUE(weights);
  const NamedTensor* last = find(*weights, "experts.2.w1.weight");
  ASSERT_TRUE(last);
  EXPECT_NEAR(last->values[1], 0.1 / 3, 1e-6);
  EXPECT_NEAR(find(*weights, "gate.weight")->values[4], 20.0 / 3 + 30.0 * 2 / 3, 1e-4);
}

TEST(Prune, LeavesTheRestOfTheWeightsAsTheyWere) {
  const auto weights = with_fewer_experts(four_experts(), {{2, {{{1, 1.0}}, {{3, 1.0}}}}});
  ASSERT_TRUE(weights);
  EXPECT_EQ(find(*weights, "norm.weight")->values, (std::vector<float>{7}));
  EXPECT_EQ(find(*weights, "shared_experts.w1.weight")->values, (std::vector<float>{5}));
  EXPECT_EQ(find(*weights, "gate.weight")->shape, (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(find(*weights, "gate.weight")->values, (std::vector<float>{10, 11, 30, 31}));
  EXPECT_EQ(find(*weights, "correction_bias")->values, (std::vector<float>{1, 3}));
  EXPECT_EQ(find(*weights, "experts.1.w1.weight")->values, (std::vector<float>{-1, 0}));
  EXPECT_FALSE(find(*weights, "experts.2.w1.weight"));
  EXPECT_THAT(with_fewer_experts(four_experts(), {{2, {{{4, 1.0}}}}}).error().message, HasSubstr("no expert 4"));
  std::vector<NamedTensor> shared = four_experts();
  shared.push_back({"model.shared_router.gate.weight", {4, 2}, std::vector<float>(8)});
  EXPECT_THAT(with_fewer_experts(shared, {{2, {{{1, 1.0}}}}}).error().message, HasSubstr("share one router"));
}

TEST(Prune, HoldsExpertsKeptAgainstLossAndWhenItIsBack) {
  Trial trial;
  trial.layers = {looked()};
  PruneRequest request;
  request.experts = 4, request.top_k = 2;
  request.kept = {2, 3};
  request.methods = {PruneMethod::frequency, PruneMethod::reap};
  std::int64_t done = 0;
  Trials trials({}, [&](std::int64_t so_far, std::int64_t planned) {
    EXPECT_EQ(planned, 5);
    done = so_far;
    return true;
  });
  const LearnOn learn_on = [](std::int64_t experts, const std::vector<NamedTensor>&) -> Result<LearnedOn> {
    const double more = static_cast<double>(4 - experts);
    return LearnedOn{{0, 10, 20}, {2 + more, 2 + more / 100, 2 - more / 100}, 1.5};
  };
  const auto bench = prune_bench(request, trial, four_experts(), learn_on, trials);
  ASSERT_TRUE(bench) << bench.error().message;
  EXPECT_EQ(done, 5);
  EXPECT_EQ(bench->loss, 2.0);
  ASSERT_EQ(bench->points.size(), 4u);
  EXPECT_EQ(bench->points[0].kept, 3);
  EXPECT_EQ(bench->points[0].learned.loss[0], 3.0);
  EXPECT_EQ(bench->points[0].recovered_at, 10);
  EXPECT_EQ(bench->points[1].recovered_at, 10) << "2.02 is 1.01 times 2";
  EXPECT_EQ(bench->points[2].method, PruneMethod::reap);
  request.kept = {1};
  EXPECT_THAT(prune_bench(request, trial, four_experts(), learn_on, trials).error().message,
              HasSubstr("top_k = 2 to experts = 4"));
}

// One that cannot be, and one whose learning fails, are rows that say so; the others are as ever.
TEST(Prune, APointThatFailsCostsNoOther) {
  Trial trial;
  trial.layers = {looked()};
  trial.layers[0].norm.clear();
  PruneRequest request;
  request.experts = 4, request.top_k = 2;
  request.kept = {2, 3, 4};
  request.methods = {PruneMethod::frequency, PruneMethod::reap};
  request.why_not = [](std::int64_t kept) { return kept == 3 ? std::string("groups of 2") : std::string(); };
  Trials trials({});
  std::vector<std::int64_t> made;
  const LearnOn learn_on = [&](std::int64_t experts, const std::vector<NamedTensor>&) -> Result<LearnedOn> {
    made.push_back(experts);
    if (experts == 2) return usage_error("diverged");
    return LearnedOn{{0}, {2}, 1};
  };
  auto bench = prune_bench(request, trial, four_experts(), learn_on, trials);
  ASSERT_TRUE(bench) << bench.error().message;
  ASSERT_EQ(bench->points.size(), 6u);
  EXPECT_EQ(bench->points[0].failed, "");
  EXPECT_EQ(bench->points[1].failed, "groups of 2");
  EXPECT_EQ(bench->points[2].failed, "diverged");
  EXPECT_THAT(bench->points[3].failed, HasSubstr("experts choose"));
  EXPECT_EQ(made, (std::vector<std::int64_t>{4, 4, 2}));
  // Nobody asked for those that cannot be.
  request.kept.clear();
  request.top_k = 1;
  request.methods = {PruneMethod::random};
  bench = prune_bench(request, trial, four_experts(), learn_on, trials);
  ASSERT_TRUE(bench);
  for (const PrunePoint& point : bench->points) EXPECT_NE(point.kept, 3);
}

// Experts that choose: rows are filled up with others, which weigh nothing.
TEST(Prune, CountsChoicesAndNoFillers) {
  TrialLayer layer = looked();
  for (const std::size_t a : {0, 2, 4}) layer.kept[a] = 0, layer.weight[a] = 0;
  const auto kept = pruned_layer(PruneMethod::frequency, layer, four_experts(), 2, 1).experts;
  EXPECT_EQ(kept[0].front().first, 1);
  EXPECT_EQ(kept[1].front().first, 3);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
