#include "core/model/routing/router.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/config/cost.h"
#include "core/model/routing/gate.h"
#include "tests/model/routing/routed.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::context_of;
using test::expect_row;
using test::route_logits;
using test::Routed;

TEST(SelectTopK, OrdersBestFirstAndGivesTiesToTheLowerId) {
  const at::Tensor scores = torch::tensor({1.F, 3.F, 3.F, 2.F, 0.F, 0.F, 0.F, 0.F}).view({2, 4});
  const at::Tensor expected = torch::tensor({1, 2, 3, 0, 1, 2}, at::kLong).view({2, 3});
  EXPECT_TRUE(select_top_k(scores, 3).equal(expected));
}

TEST(SelectTopK, AgreesWithAStableSortOnRandomScoresFullOfTies) {
  at::Generator generator = at::detail::createCPUGenerator(3);
  for (std::int64_t experts : {1, 2, 7, 64}) {
    const at::Tensor scores = at::randint(0, 5, {300, experts}, generator).to(at::kFloat);
    const auto sorted = std::get<1>(scores.sort(/*stable=*/true, -1, /*descending=*/true));
    for (std::int64_t k = 1; k <= experts; k += 3)
      EXPECT_TRUE(select_top_k(scores, k).equal(sorted.narrow(1, 0, k))) << experts << " experts, k " << k;
  }
}

// p of (0, ln 2, ln 5) is (1/8, 2/8, 5/8).
TEST(SoftmaxRouter, WeightsInClosedForm) {
  const std::vector<double> logits{0, std::log(2), std::log(5)};
  const Routing whole = route_logits(logits, context_of(2, Gate::softmax));
  expect_row(whole.experts, {2, 1});
  expect_row(whole.probs, {0.125, 0.25, 0.625});
  expect_row(whole.weights, {0.625, 0.25});
  expect_row(route_logits(logits, context_of(2, Gate::softmax_renormalised)).weights, {5.0 / 7, 2.0 / 7});
}

TEST(SoftmaxRouter, TheBiasChoosesButDoesNotWeigh) {
  // 0.125 + 0.6 passes 0.625 and 0.25: expert 0 comes first with the weight it had.
  const Routing routing = route_logits({0, std::log(2), std::log(5)}, context_of(2, Gate::softmax), {0.6, 0, 0});
  expect_row(routing.experts, {0, 2});
  expect_row(routing.weights, {0.125, 0.625});
}

TEST(SoftmaxRouter, RenormalisedTopOneGivesTheRouterExactlyNoGradient) {
  Routed routed(4, 6);
  const at::Tensor x = at::ones({5, 6});
  (routed.route(x, context_of(1, Gate::softmax_renormalised)).weights * 3.0).sum().backward();
  EXPECT_EQ(routed.weight().grad().abs().max().item<float>(), 0.0F);
  routed.weight().mutable_grad().reset();
  (routed.route(x, context_of(1, Gate::softmax)).weights * 3.0).sum().backward();
  EXPECT_GT(routed.weight().grad().abs().max().item<float>(), 0.0F);
}

// sigmoid(0, ln 3, -ln 3) = 1/2, 3/4, 1/4.
TEST(SigmoidRouter, WeightsInClosedForm) {
  RoutingContext context = context_of(2, Gate::sigmoid);
  context.route_scale = 2.5;
  const Routing routing = route_logits({0, std::log(3), -std::log(3)}, context);
  expect_row(routing.experts, {1, 0});
  expect_row(routing.weights, {2.5 * 3 / 5, 2.5 * 2 / 5});
  expect_row(routing.probs, {1.0 / 3, 1.0 / 2, 1.0 / 6});
  // 1/4 + 0.6 = 0.85 comes first; the weights are still those of 1/4 and 3/4.
  const Routing biased = route_logits({0, std::log(3), -std::log(3)}, context, {0, 0, 0.6});
  expect_row(biased.experts, {2, 1});
  expect_row(biased.weights, {2.5 / 4, 2.5 * 3 / 4});
}

TEST(Groups, OnlyExpertsOfTheBestGroupsAreChosen) {
  // Groups of three by their best two: .4 + .1, .3 + .25, .2 + .2: the best single expert, 0, is in a group of
  // worth .5, below .55.
  const std::vector<double> s{.4, .1, .01, .3, .25, .02, .2, .2, .2};
  RoutingContext context = context_of(3, Gate::sigmoid);
  context.groups = 3;
  context.groups_kept = 1;
  const at::Tensor values = torch::tensor(s, at::kDouble).view({1, 9});
  const at::Tensor log_s = values.log().to(at::kFloat);
  GateScores scores;
  scores.clean = scores.noisy = (values / (1 - values)).log().to(at::kFloat);
  // With and without a bias that is the same for all: by s + b and by the order of s alone.
  for (const bool biased : {false, true}) {
    if (biased) scores.bias = at::full({9}, 0.5);
    context.groups = 3;
    context.groups_kept = 1;
    expect_row(select_experts(scores, log_s, context), {3, 4, 5});
    context.groups_kept = 2;
    expect_row(select_experts(scores, log_s, context), {0, 3, 4});
    context.groups = context.groups_kept = 1;
    expect_row(select_experts(scores, log_s, context), {0, 3, 4});
  }
  // With these the third group is worth .5 + .3, more than .5 and .55.
  scores.bias = torch::tensor({0.F, 0.F, 0.F, 0.F, 0.F, 0.F, .1F, .3F, .1F});
  context.groups = 3;
  expect_row(select_experts(scores, log_s, context), {7, 6, 8});
}

// Scores that a float cannot tell from 0, or from 1, are still apart as logits.
TEST(Groups, AreRankedWhereScoresHaveNoDigitsLeft) {
  RoutingContext context = context_of(2, Gate::sigmoid);
  context.groups = 2;
  expect_row(route_logits({-199, -198, -197, -197.5}, context).experts, {2, 3});
  for (const double shift : {-200.0, 40.0})
    expect_row(route_logits({shift + 1, shift + 3, shift + 2, shift + 0.5}, context_of(2, Gate::sigmoid)).experts,
               {1, 2});
}

TEST(SinkhornRouter, TrainingSpreadsTokensAndEvaluationIsGreedy) {
  Routed routed(4, 3);
  const auto generator = at::detail::createCPUGenerator(21);
  routed.weight().set_data(at::empty({4, 3}).normal_(0, 1, generator));
  // A common part makes one expert everybody's first choice.
  const at::Tensor x = at::empty({4000, 3}).normal_(0, 0.5, generator) + 1.0;
  const auto loads = [&](bool training) {
    return at::bincount(routed.route(x, context_of(1, Gate::sinkhorn, training)).experts.flatten(), {}, 4);
  };
  // The plan is even to 1e-3; the largest entry of each of its rows, which is what is chosen, nearly so.
  const at::Tensor greedy = loads(false), even = loads(true);
  EXPECT_GT(greedy.max().item<std::int64_t>(), 2500);
  EXPECT_LT(even.max().item<std::int64_t>(), 1600);
  EXPECT_GT(even.min().item<std::int64_t>(), 400);
  EXPECT_LT(greedy.min().item<std::int64_t>(), 100);
  // The weight is sigmoid(z) at k = 1, p otherwise.
  expect_row(route_logits({0, std::log(3)}, context_of(1, Gate::sinkhorn)).weights, {0.75});
  expect_row(route_logits({0, std::log(3)}, context_of(2, Gate::sinkhorn)).weights, {0.75, 0.25});
}

TEST(BaseRouter, TrainingIsEvenToTheTokenAndEvaluationIsGreedy) {
  Routed routed(4, 3);
  const auto generator = at::detail::createCPUGenerator(21);
  routed.weight().set_data(at::empty({4, 3}).normal_(0, 1, generator));
  const at::Tensor x = at::empty({401, 3}).normal_(0, 0.5, generator) + 1.0;
  for (const std::int64_t k : {1, 2, 3, 4}) {
    const Routing trained = routed.route(x, context_of(k, Gate::base, true));
    const at::Tensor loads = at::bincount(trained.experts.flatten(), {}, 4);
    EXPECT_GE(loads.min().item<std::int64_t>(), 401 * k / 4) << k;
    EXPECT_LE(loads.max().item<std::int64_t>(), (401 * k + 3) / 4) << k;
    // Different experts, the better ones first.
    const at::Tensor sorted = std::get<0>(trained.experts.sort(1));
    EXPECT_FALSE((sorted.narrow(1, 1, k - 1) == sorted.narrow(1, 0, k - 1)).any().item<bool>()) << k;
    const at::Tensor scores = trained.logits.gather(1, trained.experts);
    EXPECT_TRUE((scores.narrow(1, 0, k - 1) >= scores.narrow(1, 1, k - 1)).all().item<bool>()) << k;
    EXPECT_TRUE(at::equal(routed.route(x, context_of(k, Gate::base)).experts,
                          routed.route(x, context_of(k, Gate::sinkhorn)).experts));
  }
  expect_row(route_logits({0, std::log(3)}, context_of(1, Gate::base)).weights, {0.75});
}

// Two sequences of three tokens, three experts, logits ln of the p written below; C = ceil(1 x 3 / 3) = 1, then 2.
TEST(ExpertChoice, EveryExpertTakesItsSurestTokensOfEachSequence) {
  Routed routed(3, 3);
  routed.weight().set_data(at::eye(3));
  const at::Tensor p = torch::tensor({0.6, 0.3, 0.1, 0.5, 0.2, 0.3, 0.25, 0.15, 0.6,  //
                                      0.2, 0.2, 0.6, 0.8, 0.1, 0.1, 0.1, 0.7, 0.2}, at::kDouble).view({6, 3});
  RoutingContext context = context_of(1, Gate::expert_choice);
  context.sequences = 2;
  const Routing one = routed.route(p.log().to(at::kFloat), context);
  EXPECT_EQ(one.start, (std::vector<std::int64_t>{0, 2, 2, 3, 4, 5, 6})) << "the second token is chosen by nobody";
  expect_row(one.experts, {0, 1, 2, 2, 0, 1});
  expect_row(one.weights, {0.6, 0.3, 0.6, 0.6, 0.8, 0.7});

  context.capacity_factor = 2;
  const Routing two = routed.route(p.log().to(at::kFloat), context);
  EXPECT_EQ(two.start, (std::vector<std::int64_t>{0, 2, 5, 6, 9, 10, 12}));
  // The fourth token is as dear to experts 0 and 1: the lower id comes first.
  expect_row(two.experts, {0, 1, 0, 2, 1, 2, 2, 0, 1, 0, 1, 2});
}

TEST(ExpertChoice, InvariantsOverRandomShapes) {
  const auto generator = at::detail::createCPUGenerator(21);
  for (const auto& [experts, sequences, length, factor] :
       {std::tuple{3, 4, 10, 1.25}, {8, 2, 7, 0.1}, {5, 1, 33, 2.0}, {2, 3, 4, 64.0}, {1, 2, 5, 1.0}}) {
    Routed routed(experts, 6);
    RoutingContext context = context_of(1, Gate::expert_choice, true);
    context.sequences = sequences;
    context.capacity_factor = factor;
    context.noise_std = 0.5;
    const Routing routing = routed.route(at::empty({sequences * length, 6}).normal_(0, 1, generator), context);
    const std::int64_t room = expert_capacity(factor, 1, length, experts);
    ASSERT_EQ(routing.start.back(), sequences * experts * room);
    std::map<std::pair<std::int64_t, std::int64_t>, int> taken;
    for (std::int64_t t = 0; t < sequences * length; ++t)
      for (std::int64_t a = routing.start[t]; a < routing.start[t + 1]; ++a) {
        const auto expert = routing.experts[a].item<std::int64_t>();
        ++taken[{t / length, expert}];
        if (a > routing.start[t]) {
          EXPECT_GE(routing.weights[a - 1].item<float>(), routing.weights[a].item<float>());
        }
      }
    for (const auto& [where, count] : taken) EXPECT_EQ(count, room);
  }
}

// Frequencies 10, 7, 4, 2, 1 on two experts: 10 | 7, then 4 to the second (11), 2 and 1 to the first (13).
TEST(HashRouter, TablesAreBalancedByFrequencyAndChoicesDiffer) {
  const at::Tensor counts = torch::tensor({2.F, 10.F, 1.F, 7.F, 4.F});
  const at::Tensor tables = hash_tables(counts, 2, 2);
  expect_row(tables[0], {0, 0, 1, 1, 1});
  expect_row(tables[1], {1, 1, 0, 0, 0});
  const at::Tensor many = hash_tables(at::arange(1, 41).flip(0).to(at::kFloat), 7, 3);
  for (std::int64_t id = 0; id < 40; ++id)
    for (const auto& [a, b] : {std::pair{0, 1}, {0, 2}, {1, 2}})
      EXPECT_NE(many[a][id].item<std::int64_t>(), many[b][id].item<std::int64_t>());

  Routed routed(7, 2);
  RoutingContext context = context_of(3, Gate::hash);
  context.hash_tables = many;
  context.ids = torch::tensor({5, 0, 5}, at::kLong);
  const Routing routing = routed.route(at::ones({3, 2}), context);
  EXPECT_TRUE(routing.experts[0].equal(routing.experts[2]));
  EXPECT_TRUE(routing.experts[1].equal(many.select(1, 0)));
  EXPECT_FALSE(routing.probs.defined());
  expect_row(routing.weights[1], {1.0 / 3, 1.0 / 3, 1.0 / 3});
}

TEST(RandomRouter, EveryExpertIsAsLikelyAndWeighsTheSame) {
  Routed routed(5, 2);
  const Routing routing = routed.route(at::ones({20'000, 2}), context_of(2, Gate::random));
  EXPECT_FALSE(routing.logits.defined());
  EXPECT_FALSE(routing.probs.defined());
  EXPECT_EQ((routing.weights - 0.5).abs().max().item<double>(), 0);
  EXPECT_FALSE((routing.experts.select(1, 0) == routing.experts.select(1, 1)).any().item<bool>());
  const at::Tensor counts = at::bincount(routing.experts.flatten(), {}, 5);
  // Five standard deviations of a binomial draw of 20,000 with chance 2/5.
  for (std::int64_t e = 0; e < 5; ++e) EXPECT_NEAR(counts[e].item<double>(), 8000, 5 * std::sqrt(20'000 * 0.4 * 0.6));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
