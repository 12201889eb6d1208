#include "core/model/layers/classifier.h"

#include <gtest/gtest.h>

#include <map>

#include "core/config/cost.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

Config tiny() {
  Config config;
  config.task = TaskKind::clusters;
  config.cluster_dims = 3;
  config.cluster_classes = 4;
  config.d_model = 5;
  config.d_ff = 6;
  config.layers = 2;
  config.experts = 3;
  config.top_k = 2;
  return config;
}

Initializer seeded() { return Initializer{at::detail::createCPUGenerator(3)}; }

std::map<std::string, at::Tensor> parameters_of(Classifier& model) {
  std::map<std::string, at::Tensor> all;
  model.visit([&](Parameter& parameter) { all[parameter.name] = parameter.value; });
  return all;
}

// Sum over the chosen experts of weight x E(x), one point at a time, from the parameters alone.
at::Tensor naive_moe(const std::map<std::string, at::Tensor>& p, const std::string& prefix, const at::Tensor& x) {
  const auto at_name = [&](const char* name) { return p.at(prefix + "block_sparse_moe." + name).detach(); };
  const at::Tensor logits = x.mm(at_name("gate.weight").t());
  at::Tensor y = at::zeros_like(x);
  for (std::int64_t t = 0; t < x.size(0); ++t) {
    const auto [z, chosen] = logits[t].topk(2);
    const at::Tensor weight = z.softmax(0);
    for (std::int64_t j = 0; j < 2; ++j) {
      const std::int64_t e = chosen[j].item<std::int64_t>();
      const auto of = [&](const char* name) { return at_name(name)[e]; };
      const at::Tensor hidden = at::silu(of("experts.{}.w1.weight").mv(x[t]) + of("experts.{}.w1.bias")) *
                                (of("experts.{}.w3.weight").mv(x[t]) + of("experts.{}.w3.bias"));
      y[t] += weight[j] * (of("experts.{}.w2.weight").mv(hidden) + of("experts.{}.w2.bias"));
    }
  }
  return y;
}

at::Tensor naive_norm(const std::map<std::string, at::Tensor>& p, const std::string& prefix, const at::Tensor& x) {
  const at::Tensor centred = x - x.mean(1, true);
  return centred / (centred.square().mean(1, true) + 1e-5).sqrt() * p.at(prefix + ".weight") +
         p.at(prefix + ".bias");
}

TEST(Classifier, BareLayersAreFOfF) {
  Config config = tiny();
  config.residual = false;
  config.cluster_dims = config.d_model;  // points enter as they are
  Classifier model(config, seeded());
  const auto p = parameters_of(model);
  EXPECT_EQ(p.count("model.input_map.weight"), 0u);
  EXPECT_EQ(p.count("model.norm.weight"), 0u);
  const at::NoGradGuard no_grad;
  const at::Tensor x = at::randn({7, 5}, at::detail::createCPUGenerator(1));
  const at::Tensor wanted =
      naive_moe(p, "model.layers.1.", naive_moe(p, "model.layers.0.", x)).mm(p.at("classifier.weight").t()) +
      p.at("classifier.bias");
  const ForwardPass pass = model.forward(x, pass_context(config, false, {}));
  EXPECT_EQ(pass.logits.sizes(), (at::IntArrayRef{7, 4}));
  EXPECT_LT((pass.logits - wanted).abs().max().item<float>(), 1e-5F);
  ASSERT_EQ(pass.trace.size(), 2u);
  EXPECT_TRUE(pass.trace[0].router_input.equal(x));
}

TEST(Classifier, ResidualBlocksAddToTheStream) {
  const Config config = tiny();
  Classifier model(config, seeded());
  const auto p = parameters_of(model);
  const at::NoGradGuard no_grad;
  const at::Tensor points = at::randn({9, 3}, at::detail::createCPUGenerator(2));
  at::Tensor x = points.mm(p.at("model.input_map.weight").t()) + p.at("model.input_map.bias");
  for (const char* prefix : {"model.layers.0.", "model.layers.1."})
    x = x + naive_moe(p, prefix, naive_norm(p, std::string(prefix) + "input_layernorm", x));
  const at::Tensor wanted =
      naive_norm(p, "model.norm", x).mm(p.at("classifier.weight").t()) + p.at("classifier.bias");
  EXPECT_LT((model.forward(points, pass_context(config, false, {})).logits - wanted).abs().max().item<float>(),
            1e-5F);
}

TEST(Classifier, HasTheParametersThatItsCostNames) {
  for (const bool residual : {false, true})
    for (const std::int64_t dims : {3, 5})
      for (const Ffn ffn : {Ffn::moe, Ffn::dense}) {
        Config config = tiny();
        config.residual = residual;
        config.cluster_dims = dims;
        config.ffn = ffn;
        config.moe_every = 2;
        config.shared_experts = 1;
        Classifier model(config, seeded());
        std::int64_t numbers = 0;
        model.visit([&](Parameter& parameter) {
          if (parameter.trained) numbers += parameter.value.numel();
        });
        EXPECT_EQ(numbers, model_cost(config, config.cluster_classes).parameters);
      }
}

TEST(Classifier, GradientsReachEveryParameter) {
  Config config = tiny();
  config.d_model = 2;  // as narrow as it gets
  Classifier model(config, seeded());
  const at::Tensor x = at::randn({200, 3}, at::detail::createCPUGenerator(4));
  model.forward(x, pass_context(config, true, {})).logits.square().sum().backward();
  model.visit([](Parameter& parameter) {
    if (!parameter.trained) return;
    ASSERT_TRUE(parameter.value.grad().defined()) << parameter.name;
    EXPECT_GT(parameter.value.grad().abs().sum().item<float>(), 0) << parameter.name;
  });
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
