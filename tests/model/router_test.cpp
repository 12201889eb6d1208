#include "core/model/router.h"

#include <gtest/gtest.h>

#include "core/model/top_k_router.h"

namespace switchyard {
namespace {

Initializer seeded_initializer(std::uint64_t seed) { return {at::detail::createCPUGenerator(seed)}; }

at::Tensor gate_of(TopKRouter& router) {
  at::Tensor gate;
  router.visit([&](Parameter& parameter) { gate = parameter.value; });
  return gate;
}

RoutingContext context_of(std::int64_t top_k, Gate gate) {
  RoutingContext context;
  context.top_k = top_k;
  context.gate = gate;
  return context;
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

// x picks a column of the gate: logits are chosen by hand. p of (0, ln 2, ln 5) is (1/8, 2/8, 5/8).
TEST(TopKRouter, WeightsInClosedForm) {
  TopKRouter router(3, 1, "", seeded_initializer(1));
  gate_of(router).set_data(torch::tensor({0.0, std::log(2.0), std::log(5.0)}, at::kFloat).view({3, 1}));
  const at::Tensor x = at::ones({1, 1});

  const Routing whole = router.route(x, context_of(2, Gate::softmax));
  EXPECT_TRUE(whole.experts.equal(torch::tensor({2, 1}, at::kLong).view({1, 2})));
  EXPECT_TRUE(at::allclose(whole.probs, torch::tensor({0.125F, 0.25F, 0.625F}).view({1, 3})));
  EXPECT_TRUE(at::allclose(whole.weights, torch::tensor({0.625F, 0.25F}).view({1, 2})));

  const Routing among = router.route(x, context_of(2, Gate::softmax_renormalised));
  EXPECT_TRUE(at::allclose(among.weights, torch::tensor({5.F / 7.F, 2.F / 7.F}).view({1, 2})));
}

TEST(TopKRouter, RenormalisedTopOneGivesTheRouterExactlyNoGradient) {
  TopKRouter router(4, 6, "", seeded_initializer(2));
  at::Tensor gate = gate_of(router);
  const at::Tensor x = at::ones({5, 6});
  (router.route(x, context_of(1, Gate::softmax_renormalised)).weights * 3.0).sum().backward();
  EXPECT_EQ(gate.grad().abs().max().item<float>(), 0.0F);
  gate.mutable_grad().reset();
  (router.route(x, context_of(1, Gate::softmax)).weights * 3.0).sum().backward();
  EXPECT_GT(gate.grad().abs().max().item<float>(), 0.0F);
}

TEST(TopKRouter, NoiseIsForTrainingAndLeavesTheCleanLogitsClean) {
  TopKRouter router(8, 4, "", seeded_initializer(4));
  const at::Tensor x = at::ones({4000, 4});
  RoutingContext context = context_of(2, Gate::softmax_renormalised);
  context.noise_std = 0.7;
  context.noise = at::detail::createCPUGenerator(9);
  const Routing still = router.route(x, context);
  EXPECT_EQ(std::get<0>(at::_unique(still.experts.select(1, 0))).numel(), 1) << "evaluation is without noise";
  context.training = true;
  const Routing noisy = router.route(x, context);
  EXPECT_TRUE(noisy.logits.equal(still.logits));
  EXPECT_TRUE(noisy.probs.equal(still.probs));
  EXPECT_EQ(std::get<0>(at::_unique(noisy.experts.select(1, 0))).numel(), 8);
}

// The difference of two equal logits with independent noise of std s has std s sqrt(2); the weight of the
// first choice then is the sigmoid of its absolute value, whose mean is known by quadrature.
TEST(TopKRouter, NoiseHasTheStandardDeviationItIsGiven) {
  TopKRouter router(2, 1, "", seeded_initializer(5));
  gate_of(router).set_data(at::zeros({2, 1}));
  RoutingContext context = context_of(2, Gate::softmax_renormalised);
  context.training = true;
  context.noise_std = 1.5;
  context.noise = at::detail::createCPUGenerator(11);
  const Routing routing = router.route(at::ones({200'000, 1}), context);
  const at::Tensor difference = at::log(routing.weights.select(1, 0) / routing.weights.select(1, 1));
  const double rms = std::sqrt(difference.square().mean().item<double>());
  EXPECT_NEAR(rms, 1.5 * std::sqrt(2.0), 0.02);
}

TEST(TopKRouter, GateGradientMatchesFiniteDifferences) {
  for (const Gate gate_kind : {Gate::softmax_renormalised, Gate::softmax}) {
    TopKRouter router(5, 3, "", seeded_initializer(6));
    at::Tensor gate = gate_of(router);
    at::Generator generator = at::detail::createCPUGenerator(7);
    gate.set_data(at::empty({5, 3}).normal_(0, 1, generator));
    const at::Tensor x = at::empty({20, 3}).normal_(0, 1, generator);
    const at::Tensor mix = at::empty({20, 2}).normal_(0, 1, generator);
    const auto value = [&] { return (router.route(x, context_of(2, gate_kind)).weights * mix).sum(); };
    value().backward();
    const at::Tensor analytic = gate.grad().clone();
    at::NoGradGuard no_grad;
    const double h = 1e-3;
    for (std::int64_t i = 0; i < gate.numel(); ++i) {
      at::Tensor flat = gate.detach().view(-1);
      const float kept = flat[i].item<float>();
      flat[i].fill_(kept + h);
      const double above = value().item<double>();
      flat[i].fill_(kept - h);
      const double below = value().item<double>();
      flat[i].fill_(kept);
      EXPECT_NEAR((above - below) / (2 * h), analytic.view(-1)[i].item<double>(), 2e-2) << "entry " << i;
    }
  }
}

}  // namespace
}  // namespace switchyard
