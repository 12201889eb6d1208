// A gate with the router that a context names, and logits routed by hand.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "core/model/routing/gate.h"
#include "core/model/routing/router.h"

namespace switchyard::test {

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

inline RoutingContext context_of(std::int64_t top_k, Gate gate, bool training = false) {
  RoutingContext context;
  context.top_k = top_k;
  context.gate = gate;
  context.training = training;
  context.draws.seed = 9;
  return context;
}

// One token whose logits are those given: the gate is a column, x is 1.
inline Routing route_logits(const std::vector<double>& logits, const RoutingContext& context, const std::vector<double>& bias = {}) {
  const auto n = static_cast<std::int64_t>(logits.size());
  Routed routed(n, 1);
  routed.weight().set_data(torch::tensor(logits, at::kDouble).to(at::kFloat).view({n, 1}));
  if (!bias.empty()) routed.bias().copy_(torch::tensor(bias, at::kDouble));
  return routed.route(at::ones({1, 1}), context);
}

inline void expect_row(const at::Tensor& got, const std::vector<double>& wanted) {
  ASSERT_EQ(got.numel(), static_cast<std::int64_t>(wanted.size()));
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_NEAR(got.view(-1)[static_cast<std::int64_t>(i)].item<double>(), wanted[i], 1e-6) << i;
}

}  // namespace switchyard::test
