#include "core/model/routing/router.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/config/cost.h"
#include "core/model/routing/gate.h"

namespace switchyard {
namespace {

// A gate and the router the context names, with parameters within reach.
struct Routed {
  Routed(std::int64_t experts, std::int64_t width, Config config = {})
      : gate(shaped(experts, width, config), "", Initializer{at::detail::createCPUGenerator(2)}) {
    gate.visit([&](Parameter& parameter) { parameters[parameter.name] = &parameter; });
  }
  static Config shaped(std::int64_t experts, std::int64_t width, Config config) {
    config.experts = experts;
    config.d_model = width;
    return config;
  }
  at::Tensor weight() const { return parameters.at("gate.weight")->value; }
  at::Tensor bias() const { return parameters.at("gate.e_score_correction_bias")->value; }
  Routing route(const at::Tensor& x, const RoutingContext& context) const {
    return switchyard::route(gate.score(x, context), context);
  }
  LinearGate gate;
  std::map<std::string, Parameter*> parameters;
};

RoutingContext context_of(std::int64_t top_k, Gate gate, bool training = false) {
  RoutingContext context;
  context.top_k = top_k;
  context.gate = gate;
  context.training = training;
  context.draws.seed = 9;
  return context;
}

// One token whose logits are those given: the gate is a column, x is 1.
Routing route_logits(const std::vector<double>& logits, const RoutingContext& context, const std::vector<double>& bias = {}) {
  const auto n = static_cast<std::int64_t>(logits.size());
  Routed routed(n, 1);
  routed.weight().set_data(torch::tensor(logits, at::kDouble).to(at::kFloat).view({n, 1}));
  if (!bias.empty()) routed.bias().copy_(torch::tensor(bias, at::kDouble));
  return routed.route(at::ones({1, 1}), context);
}

void expect_row(const at::Tensor& got, const std::vector<double>& wanted) {
  ASSERT_EQ(got.numel(), static_cast<std::int64_t>(wanted.size()));
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_NEAR(got.view(-1)[static_cast<std::int64_t>(i)].item<double>(), wanted[i], 1e-6) << i;
}

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

// Every kind of noise acts in training only and leaves what losses and metrics see alone.
class EachNoise : public ::testing::TestWithParam<int> {
 protected:
  static RoutingContext with(int which, bool training) {
    RoutingContext context = context_of(2, Gate::softmax_renormalised, training);
    if (which == 0) context.noise_std = 0.7;
    if (which == 1) context.jitter = 0.3;
    if (which == 2) context.logit_dropout = 0.4;
    if (which == 3) context.learned_noise = LearnedNoise::gaussian;
    if (which == 4) context.learned_noise = LearnedNoise::uniform;
    return context;
  }
};

TEST_P(EachNoise, IsForTrainingAndLeavesTheCleanLogitsClean) {
  Config config;
  config.learned_noise = LearnedNoise::uniform;  // W_n is there, W does not start at 0
  Routed routed(8, 4, config);
  const at::Tensor x = at::ones({500, 4});
  const GateScores still = routed.gate.score(x, with(GetParam(), false)), noisy = routed.gate.score(x, with(GetParam(), true));
  EXPECT_TRUE(still.noisy.is_same(still.clean));
  EXPECT_TRUE(noisy.clean.equal(still.clean));
  EXPECT_FALSE(noisy.noisy.equal(still.clean));
  EXPECT_TRUE(noisy.noisy.equal(routed.gate.score(x, with(GetParam(), true)).noisy)) << "a seed is a draw";
}

INSTANTIATE_TEST_SUITE_P(Kinds, EachNoise, ::testing::Range(0, 5));

TEST(Noise, HasTheMomentsItIsGiven) {
  Config config;
  config.learned_noise = LearnedNoise::gaussian;
  Routed routed(2, 1, config);
  const at::Tensor x = at::ones({200'000, 1});
  const auto noise = [&](auto set) {
    RoutingContext context = context_of(1, Gate::softmax, true);
    set(context);
    const GateScores scores = routed.gate.score(x, context);
    return scores.noisy.select(1, 0).detach().to(at::kDouble);
  };
  const auto mean = [](const at::Tensor& t) { return t.mean().item<double>(); };
  const auto deviation = [](const at::Tensor& t) { return t.std().item<double>(); };

  EXPECT_EQ(routed.weight().abs().max().item<double>(), 0) << "W starts at 0 where noise is learned";
  const at::Tensor gaussian = noise([](auto& c) { c.noise_std = 1.5; });
  EXPECT_NEAR(mean(gaussian), 0, 0.02);
  EXPECT_NEAR(deviation(gaussian), 1.5, 0.02);
  // W_n = 0: softplus(0) = ln 2.
  EXPECT_NEAR(deviation(noise([](auto& c) { c.learned_noise = LearnedNoise::gaussian; })), std::log(2) + 0.01, 0.01);
  const at::Tensor uniform = noise([](auto& c) { c.learned_noise = LearnedNoise::uniform; });
  EXPECT_NEAR(mean(uniform), std::log(2) / 2, 0.005);
  EXPECT_NEAR(deviation(uniform), std::log(2) / std::sqrt(12), 0.005);

  at::NoGradGuard no_grad;
  routed.weight().fill_(2.0);
  const at::Tensor jittered = noise([](auto& c) { c.jitter = 0.25; });
  EXPECT_NEAR(mean(jittered), 2, 0.01);
  EXPECT_GE(jittered.min().item<double>(), 1.5 - 1e-6);
  EXPECT_LE(jittered.max().item<double>(), 2.5 + 1e-6);
  const at::Tensor dropped = noise([](auto& c) { c.logit_dropout = 0.2; });
  EXPECT_NEAR((dropped == 0).to(at::kDouble).mean().item<double>(), 0.2, 0.01);
  EXPECT_NEAR(dropped.max().item<double>(), 2.5, 1e-6) << "the others are divided by 1 - p";
}

TEST(Balance, MovesTheBiasAgainstTheLoadByTheRate) {
  Routed routed(4, 2);
  routed.gate.balance({10, 2, 6, 6}, 0.01);
  expect_row(routed.bias(), {-0.01, 0.01, 0, 0});
  routed.gate.balance({10, 2, 6, 6}, 0);
  expect_row(routed.bias(), {-0.01, 0.01, 0, 0});
}

TEST(Balance, CentredTakesTheMeanOffAfterTheMove) {
  Routed routed(4, 2);
  routed.gate.balance({10, 2, 2, 2}, 0.01, BiasRule::centred);
  expect_row(routed.bias(), {-0.015, 0.005, 0.005, 0.005});
  routed.gate.balance({10, 2, 2, 2}, 0, BiasRule::centred);
  expect_row(routed.bias(), {-0.015, 0.005, 0.005, 0.005});
  routed.gate.balance({2, 10, 6, 6}, 0.01, BiasRule::centred);
  expect_row(routed.bias(), {-0.005, -0.005, 0.005, 0.005});
}

TEST(Balance, EvensOutAGateThatLearnsNothing) {
  Routed routed(6, 4);
  const auto generator = at::detail::createCPUGenerator(31);
  routed.weight().set_data(at::empty({6, 4}).normal_(0, 1, generator));
  const at::Tensor x = at::empty({3000, 4}).normal_(0, 1, generator) + 0.7;
  const auto loads = [&] {
    const at::Tensor counts = at::bincount(routed.route(x, context_of(2, Gate::sigmoid)).experts.flatten(), {}, 6).to(at::kFloat);
    return std::vector<float>(counts.data_ptr<float>(), counts.data_ptr<float>() + 6);
  };
  const auto worst = [&] {
    const auto counts = loads();
    return *std::max_element(counts.begin(), counts.end()) / 1000.0F;
  };
  EXPECT_GT(worst(), 1.5F);
  for (int i = 0; i < 400; ++i) routed.gate.balance(loads(), 2e-3);
  EXPECT_LT(worst(), 1.05F);
}

// However low, high or far apart the logits: what is said to sum to something does, and gradients are finite.
class FarLogits : public ::testing::TestWithParam<std::tuple<Gate, bool>> {};

TEST_P(FarLogits, SumsHoldAndGradientsAreFinite) {
  const auto [kind, training] = GetParam();
  constexpr double inf = std::numeric_limits<double>::infinity();
  const std::vector<std::vector<double>> rows{
      {-44, -46, -45, -47},         {-50, -51, -50.5, -52}, {-100, -101, -102, -103}, {-1e4, -1e4, -2e4, -1e4},
      {-1e30, -1e30, -1e30, -1e30}, {1e30, -1e30, 0, 1},    {1e4, 1e4, 1e4, 1e4},     {0, -inf, -inf, 1},
      {-200, -inf, -300, -inf},     {100, 100, -100, -100}};
  for (const std::int64_t k : {1, 2, 4})
    for (const std::int64_t groups : {1, 2}) {
      for (const auto& row : rows) {
        // Alone and as a batch: a plan looks along both.
        for (const std::int64_t tokens : {1, 5}) {
          GateScores scores;
          scores.clean = scores.noisy =
              torch::tensor(row, at::kDouble).to(at::kFloat).view({1, 4}).repeat({tokens, 1}).requires_grad_();
          RoutingContext context = context_of(k, kind, training);
          context.experts = 4;
          context.route_scale = 2.5;
          context.groups = groups;
          context.groups_kept = groups;
          SCOPED_TRACE(testing::Message() << row[0] << " " << row[1] << " k " << k << " tokens " << tokens);
          const Routing routing = route(scores, context);
          EXPECT_TRUE(at::isfinite(routing.weights).all().item<bool>());
          EXPECT_NEAR((routing.probs.sum(-1) - 1).abs().max().item<double>(), 0, 1e-5);
          const double whole = kind == Gate::sigmoid ? 2.5 : 1;
          if (kind == Gate::sigmoid || kind == Gate::softmax_renormalised) {
            EXPECT_NEAR((routing.weights.sum(-1) - whole).abs().max().item<double>(), 0, 1e-5);
          }
          for (const at::Tensor& chosen :
               routing.experts.view({-1, kind == Gate::expert_choice ? 1 : k}).unbind(0))
            EXPECT_EQ(std::get<0>(at::_unique(chosen)).numel(), chosen.numel()) << "k different experts";
          // A mix, since a sum that is constant has no gradient to speak of.
          const at::Tensor mix =
              at::arange(1, 1 + routing.weights.numel()).to(at::kFloat).view(routing.weights.sizes());
          ((routing.weights * mix).sum() + (routing.probs * routing.probs).sum()).backward();
          EXPECT_TRUE(at::isfinite(scores.clean.grad()).all().item<bool>()) << scores.clean.grad();
        }
      }
    }
}

INSTANTIATE_TEST_SUITE_P(All, FarLogits,
                         ::testing::Combine(::testing::Values(Gate::softmax_renormalised, Gate::softmax,
                                                              Gate::sigmoid, Gate::sinkhorn, Gate::expert_choice),
                                            ::testing::Bool()));

// Equal steps between logits are equal ratios of weights, at any height below 0.
TEST(SigmoidRouter, WeightsKeepTheirRatiosWhereScoresUnderflow) {
  RoutingContext context = context_of(2, Gate::sigmoid);
  context.route_scale = 2.5;
  for (const double low : {-30.0, -46.0, -50.0, -100.0, -5000.0}) {
    const Routing routing = route_logits({low, low + 1, low - 1}, context);
    const double e = std::exp(1), sum = 1 + e + 1 / e;
    expect_row(routing.experts, {1, 0});
    expect_row(routing.weights, {2.5 * e / (1 + e), 2.5 / (1 + e)});
    expect_row(routing.probs, {1 / sum, e / sum, 1 / e / sum});
  }
}

// Through every router and every noise: the weights' gradient with respect to all of the gate's parameters. Draws
// are the same in every evaluation, since they follow from where they are used.
class EachGate : public ::testing::TestWithParam<std::tuple<Gate, int>> {};

TEST_P(EachGate, GradientsMatchFiniteDifferences) {
  const auto [kind, noise] = GetParam();
  Config config;
  config.router_bias = true;
  config.learned_noise = LearnedNoise::gaussian;
  Routed routed(5, 3, config);
  const auto generator = at::detail::createCPUGenerator(7);
  for (auto& [name, parameter] : routed.parameters)
    if (parameter->trained) parameter->value.set_data(at::empty(parameter->value.sizes()).normal_(0, 1, generator));
  const at::Tensor x = at::empty({20, 3}).normal_(0, 1, generator), mix = at::empty({40}).normal_(0, 1, generator);
  // What is chosen is held where it was: its jumps are no part of the gradient.
  RoutingContext context = context_of(2, kind, true);
  if (noise == 1) context.noise_std = 0.5;
  if (noise == 2) context.learned_noise = LearnedNoise::gaussian;
  if (noise == 3) context.jitter = 0.2, context.logit_dropout = 0.2;
  const at::Tensor held = [&] { return routed.route(x, context).experts; }();
  bool moved = false;
  const auto value = [&] {
    const Routing routing = routed.route(x, context);
    moved = !routing.experts.equal(held);
    return (routing.weights.flatten() * mix.narrow(0, 0, routing.weights.numel())).sum();
  };
  value().backward();
  at::NoGradGuard no_grad;
  const double h = 1e-3;
  int compared = 0;
  for (auto& [name, parameter] : routed.parameters) {
    if (!parameter->trained) continue;
    const at::Tensor analytic = parameter->value.grad().defined() ? parameter->value.grad().clone().view(-1)
                                                                  : at::zeros({parameter->value.numel()});
    at::Tensor flat = parameter->value.detach().view(-1);
    for (std::int64_t i = 0; i < flat.numel(); ++i) {
      const float kept = flat[i].item<float>();
      flat[i].fill_(kept + h);
      const double above = value().item<double>();
      bool jumps = moved;
      flat[i].fill_(kept - h);
      const double below = value().item<double>();
      jumps |= moved;
      flat[i].fill_(kept);
      if (jumps) continue;
      ++compared;
      EXPECT_NEAR((above - below) / (2 * h), analytic[i].item<double>(), 2e-2) << name << " entry " << i;
    }
  }
  EXPECT_GT(compared, 20);
}

INSTANTIATE_TEST_SUITE_P(All, EachGate,
                         ::testing::Combine(::testing::Values(Gate::softmax_renormalised, Gate::softmax, Gate::sigmoid,
                                                              Gate::sinkhorn, Gate::expert_choice),
                                            ::testing::Range(0, 4)));

}  // namespace
}  // namespace switchyard
