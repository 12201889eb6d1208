// What every gate keeps: noise in training alone, balance by the bias, sums and gradients far out and by finite differences.
#include "core/model/routing/router.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/model/routing/gate.h"
#include "tests/model/routing/routed.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::context_of;
using test::expect_row;
using test::route_logits;
using test::Routed;

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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
