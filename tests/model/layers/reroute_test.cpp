// A token sent to other experts: what a detour must have in common with the pass it leaves.
#include <gtest/gtest.h>

#include "core/model/layers/classifier.h"
#include "core/model/layers/transformer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

Config config_with(Gate gate) {
  Config config;
  config.layers = 3;
  config.d_model = 16;
  config.d_ff = 12;
  config.heads = 2;
  config.context = 12;
  config.experts = 6;
  config.top_k = 2;
  config.gate = gate;
  config.precision = Precision::fp32;
  return config;
}

Initializer seeded() { return {at::detail::createCPUGenerator(5), at::kCPU, 1}; }

at::Tensor ids() { return at::arange(24, at::kLong).mul(7).remainder(20).view({2, 12}); }

Transformer text_model(const Config& config) {
  Transformer model(config, 20, seeded());
  std::vector<std::int64_t> counts(20);
  for (std::size_t i = 0; i < 20; ++i) counts[i] = static_cast<std::int64_t>(3 * i + 1);
  model.count_tokens(counts);
  // Gates that prefer, so that routes differ from token to token.
  at::Generator noise = at::detail::createCPUGenerator(9);
  model.visit([&](Parameter& p) {
    if (p.part == Parameter::Part::router && p.trained) p.value.detach().normal_(0.0, 0.7, noise);
  });
  return model;
}

constexpr std::int64_t kToken = 17;  // the sixth of the second sequence

TEST(Reroute, TheOwnRouteLeadsWhereThePassWent) {
  at::NoGradGuard no_grad;
  for (const Gate gate : {Gate::softmax_renormalised, Gate::softmax, Gate::sigmoid, Gate::sinkhorn, Gate::hash,
                          Gate::random, Gate::base})
    for (const std::int64_t every : {1, 2, 3}) {
      Config config = config_with(gate);
      config.residual = every != 3;
      config.moe_every = every == 2 ? 2 : 1;
      if (every == 2) {
        config.norm = NormKind::rmsnorm;
        config.shared_experts = 1;
      }
      const Transformer model = text_model(config);
      // A source of noise a pass, as a probe has: random routes are then the same.
      const ForwardPass pass = model.forward(ids(), pass_context(config, false, {}));
      const at::Tensor wanted = pass.logits.view({24, 20})[kToken];
      for (const MoeTrace& layer : pass.trace) {
        const at::Tensor own = layer.routing.experts[kToken].unsqueeze(0);
        const at::Tensor other = (own + 1).remainder(6);
        const at::Tensor logits = model.reroute(ids(), {kToken, layer.block, at::cat({own, own.flip(1), other})},
                                                pass_context(config, false, {}));
        ASSERT_EQ(logits.sizes(), (std::vector<std::int64_t>{3, 20}));
        // Bare layers leave next to nothing of a fresh model's input: differences are measured against the logits.
        const double size = config.residual ? 1 : wanted.abs().max().item<double>();
        const auto off = [&](std::int64_t row) {
          return (logits[row] - wanted).abs().max().item<double>() / size;
        };
        EXPECT_LT(off(0), 1e-4) << static_cast<int>(gate) << " block " << layer.block;
        EXPECT_LT(off(1), 1e-4) << "the order of a set does not matter";
        EXPECT_GT(off(2), 1e-4);
      }
    }
}

TEST(Reroute, TheFirstTokenHasNoPast) {
  at::NoGradGuard no_grad;
  const Config config = config_with(Gate::softmax);
  const Transformer model = text_model(config);
  const ForwardPass pass = model.forward(ids(), pass_context(config, false, {}));
  const at::Tensor own = pass.trace[0].routing.experts[12].unsqueeze(0);
  const at::Tensor logits = model.reroute(ids(), {12, 0, own}, pass_context(config, false, {}));
  EXPECT_TRUE(at::allclose(logits[0], pass.logits[1][0], 1e-4, 1e-5));
}

TEST(Reroute, DropsNothing) {
  at::NoGradGuard no_grad;
  Config config = config_with(Gate::softmax);
  config.overflow = Overflow::drop_late;
  config.capacity_factor = config.eval_capacity_factor = 0.1;
  Config roomy = config_with(Gate::softmax);
  const Transformer model = text_model(config);
  const at::Tensor sets = torch::tensor({0, 1, 4, 5}, at::kLong).view({2, 2});
  EXPECT_TRUE(at::allclose(model.reroute(ids(), {kToken, 1, sets}, pass_context(config, false, {})),
                           model.reroute(ids(), {kToken, 1, sets}, pass_context(roomy, false, {})), 1e-5, 1e-6));
}

TEST(Reroute, OfPointsLeadsWhereThePassWent) {
  at::NoGradGuard no_grad;
  for (const bool residual : {true, false})
    for (const Gate gate : {Gate::softmax, Gate::sigmoid, Gate::random}) {
      Config config = config_with(gate);
      config.task = TaskKind::clusters;
      config.residual = residual;
      const Classifier model(config, seeded());
      const at::Tensor x = at::randn({30, config.cluster_dims}, at::detail::createCPUGenerator(3));
      const ForwardPass pass = model.forward(x, pass_context(config, false, {}));
      for (const MoeTrace& layer : pass.trace) {
        const at::Tensor own = layer.routing.experts[kToken].unsqueeze(0);
        const at::Tensor logits = model.reroute(x, {kToken, layer.block, at::cat({own, (own + 1).remainder(6)})},
                                                pass_context(config, false, {}));
        // A bare stack of fresh experts leaves next to nothing of a point: differences are measured against it.
        const double size = pass.logits[kToken].norm().item<double>();
        EXPECT_LT((logits[0] - pass.logits[kToken]).norm().item<double>(), 1e-4 * size);
        EXPECT_GT((logits[1] - logits[0]).norm().item<double>(), 1e-3 * size);
      }
    }
}

// Tables are made once, and anew for other counts, other k and whatever visited the counts.
TEST(HashTables, FollowTheCounts) {
  at::NoGradGuard no_grad;
  constexpr std::int64_t kVocabulary = 20;
  Config config = config_with(Gate::hash);
  Transformer model(config, kVocabulary, seeded());
  const auto experts = [&](std::int64_t k) {
    config.top_k = k;
    return model.forward(ids(), pass_context(config, false, {})).trace.front().routing.experts;
  };
  const auto wanted = [&](const at::Tensor& counts, std::int64_t k) {
    return hash_tables(counts, config.experts, k).index_select(1, ids().flatten()).t();
  };
  std::vector<std::int64_t> rising(20), falling(20);
  for (std::int64_t id = 0; id < kVocabulary; ++id)
    rising[static_cast<std::size_t>(id)] = id * id, falling[static_cast<std::size_t>(id)] = (kVocabulary - id) * 3;
  model.count_tokens(rising);
  EXPECT_TRUE(experts(1).equal(wanted(torch::tensor(rising), 1)));
  EXPECT_TRUE(experts(2).equal(wanted(torch::tensor(rising), 2)));
  model.count_tokens(falling);
  EXPECT_TRUE(experts(2).equal(wanted(torch::tensor(falling), 2)));
  model.visit([&](Parameter& p) {
    if (p.name == "model.token_counts") p.value.copy_(torch::tensor(rising, at::kFloat));
  });
  EXPECT_TRUE(experts(2).equal(wanted(torch::tensor(rising), 2)));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
