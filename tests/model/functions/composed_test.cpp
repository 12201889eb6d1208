// The fused functions against the composed ones: two ways to the same numbers.
#include "core/model/functions/composed.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "core/model/functions/causal_attention.h"
#include "core/model/functions/experts.h"
#include "core/model/functions/linear.h"
#include "core/model/routing/router.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

at::Tensor random(at::IntArrayRef shape, std::uint64_t seed) {
  return at::empty(shape).normal_(0, 0.5, at::detail::createCPUGenerator(seed)).requires_grad_();
}

// Output and the gradients of all inputs.
void expect_same(const std::function<at::Tensor()>& one, const std::function<at::Tensor()>& other, std::vector<at::Tensor> inputs) {
  const auto run = [&](const std::function<at::Tensor()>& function) {
    const at::Tensor y = function();
    std::vector<at::Tensor> found{y.detach()};
    (y * random(y.sizes(), 9).detach()).sum().backward();
    for (at::Tensor& input : inputs) {
      found.push_back(input.grad().clone());
      input.mutable_grad().reset();
    }
    return found;
  };
  const auto a = run(one), b = run(other);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_LT((a[i] - b[i]).abs().max().item<double>(), 2e-5) << "tensor " << i;
}

TEST(Composed, LinearEqualsTheFusedOne) {
  const at::Tensor x = random({7, 5}, 1), w = random({4, 5}, 2), b = random({4}, 3);
  expect_same([&] { return linear(x, w, b, at::kFloat); }, [&] { return composed::linear(x, w, b, at::kFloat); }, {x, w, b});
}

TEST(Composed, AttentionEqualsTheFusedOne) {
  const at::Tensor qkv = random({2, 70, 24}, 4);
  expect_same([&] { return causal_attention(qkv, 2, at::kFloat); },
              [&] { return composed::causal_attention(qkv, 2, at::kFloat); }, {qkv});
}

class ComposedExperts : public ::testing::TestWithParam<ExpertKind> {};

TEST_P(ComposedExperts, EqualTheFusedOnesWithAndWithoutDrops) {
  Experts fused(4, 6, 10, GetParam(), "e.{}.", Initializer{at::detail::createCPUGenerator(5)});
  std::map<std::string, at::Tensor> named;
  fused.visit([&](Parameter& p) { named[p.name] = p.value; });
  composed::ExpertWeights all{named["e.{}.w1.weight"], named["e.{}.w1.bias"], named["e.{}.w3.weight"],
                              named["e.{}.w3.bias"],   named["e.{}.w2.weight"], named["e.{}.w2.bias"]};
  std::vector<at::Tensor> inputs;
  for (auto& [name, value] : named)
    if (value.defined()) inputs.push_back(value);
  const at::Tensor x = random({12, 6}, 6), weights = random({12, 2}, 7);
  inputs.push_back(x);
  const HiddenLayer layer{GetParam()};
  for (const Overflow overflow : {Overflow::dropless, Overflow::drop_late}) {
    const auto plan = build_dispatch(select_top_k(random({12, 3}, 8), 2), 4, {overflow, 0.7});
    auto both = inputs;
    both.push_back(weights);
    expect_same([&] { return fused.forward(x, weights, plan, at::kFloat); },
                [&] { return composed::experts(x, weights, all, *plan, layer, at::kFloat); }, both);
  }
  expect_same([&] { return fused.forward_dense(x, at::kFloat); },
              [&] { return composed::experts(x, {}, all, *identity_dispatch(12, 4), layer, at::kFloat); }, inputs);
}

INSTANTIATE_TEST_SUITE_P(All, ComposedExperts,
                         ::testing::Values(ExpertKind::relu, ExpertKind::gelu, ExpertKind::swiglu, ExpertKind::geglu));

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
