#include "core/model/layers/moe_layer.h"

#include <gtest/gtest.h>

#include <map>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

Config tiny() {
  Config config;
  config.experts = 4;
  config.d_model = 6;
  config.d_ff = 5;
  return config;
}

std::map<std::string, at::Tensor> parameters_of(MoeLayer& layer) {
  std::map<std::string, at::Tensor> found;
  layer.visit([&](Parameter& parameter) { found[parameter.name] = parameter.value.detach(); });
  return found;
}

at::Tensor run(const MoeLayer& layer, const at::Tensor& x, std::vector<MoeTrace>* seen = nullptr) {
  RoutingContext context;
  context.top_k = 2;
  std::vector<MoeTrace> trace;
  const at::Tensor y = layer.forward(x, context, {}, at::kFloat, trace);
  if (seen) *seen = std::move(trace);
  return y;
}

TEST(MoeLayer, SharedExpertsAddOneFeedForwardOfTheirJointWidth) {
  at::NoGradGuard no_grad;
  const auto generator = at::detail::createCPUGenerator(3);
  Config config = tiny();
  config.shared_experts = 2;
  MoeLayer layer(config, 0, "", Initializer{generator});
  auto weights = parameters_of(layer);
  for (auto& [name, value] : weights) value.normal_(0, 0.5, generator);
  const at::Tensor x = at::empty({9, 6}).normal_(0, 1, generator);
  const at::Tensor whole = run(layer, x);

  const auto w = [&](const char* name) { return weights.at(std::string("shared_experts.") + name); };
  ASSERT_EQ(w("w1.weight").sizes().vec(), (std::vector<std::int64_t>{1, 10, 6}));
  const at::Tensor a = at::silu(at::linear(x, w("w1.weight")[0], w("w1.bias")[0])) *
                       at::linear(x, w("w3.weight")[0], w("w3.bias")[0]);
  const at::Tensor shared = at::linear(a, w("w2.weight")[0], w("w2.bias")[0]);
  w("w2.weight").zero_();
  w("w2.bias").zero_();
  EXPECT_LT((whole - run(layer, x) - shared).abs().max().item<double>(), 1e-5);
}

// What experts are called is nobody's business: with rows of gate and experts permuted alike the layer says the same.
TEST(MoeLayer, PermutingTheExpertsChangesNothing) {
  at::NoGradGuard no_grad;
  const auto generator = at::detail::createCPUGenerator(4);
  MoeLayer layer(tiny(), 0, "", Initializer{generator});
  auto weights = parameters_of(layer);
  for (auto& [name, value] : weights)
    if (name.find("correction") == std::string::npos) value.normal_(0, 0.5, generator);
  const at::Tensor x = at::empty({50, 6}).normal_(0, 1, generator);
  std::vector<MoeTrace> before, after;
  const at::Tensor wanted = run(layer, x, &before);
  const at::Tensor order = torch::tensor({2, 0, 3, 1}, at::kLong);
  for (auto& [name, value] : weights) value.copy_(value.index_select(0, order));
  const at::Tensor got = run(layer, x, &after);
  EXPECT_LT((got - wanted).abs().max().item<double>(), 1e-5);
  for (std::size_t e = 0; e < 4; ++e) {
    const auto from = static_cast<std::size_t>(order[static_cast<std::int64_t>(e)].item<std::int64_t>());
    EXPECT_EQ(after[0].plan->counts[e], before[0].plan->counts[from]);
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
