#include "core/model/functions/experts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/model/kernels/bf16.h"
#include "core/model/routing/router.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

struct Bench {
  std::int64_t tokens = 40, width = 12, hidden = 10, experts = 5, k = 2;
  ExpertKind kind = ExpertKind::swiglu;
  CapacityRule rule = {};
  at::ScalarType compute = at::kFloat;
  std::uint64_t seed = 1;

  at::Generator generator = at::detail::createCPUGenerator(seed);
  Experts layer{experts, width, hidden, kind, "e.{}.", Initializer{generator}};
  std::map<std::string, Parameter*> parameters = named();
  at::Tensor x = at::empty({tokens, width}).normal_(0, 1, generator).requires_grad_();
  at::Tensor weights = at::empty({tokens, k}).uniform_(0.1, 1, generator).requires_grad_();
  at::Tensor chosen = select_top_k(at::empty({tokens, experts}).normal_(0, 1, generator), k);
  c10::intrusive_ptr<DispatchPlan> plan = build_dispatch(chosen, experts, rule);
  at::Tensor mix = at::empty({tokens, width}).normal_(0, 1, generator);

  std::map<std::string, Parameter*> named() {
    std::map<std::string, Parameter*> found;
    layer.visit([&](Parameter& parameter) {
      // Large enough that every term of the formulas matters in a comparison.
      parameter.value.detach().normal_(0, 0.4, generator);
      found[parameter.name.substr(parameter.name.find("w"))] = &parameter;
    });
    return found;
  }
  at::Tensor value(const char* name) const { return parameters.at(name)->value; }

  at::Tensor forward() const { return layer.forward(x, weights, plan, compute); }

  // One token and one choice at a time, by the definition.
  at::Tensor naive() const {
    std::vector<at::Tensor> rows;
    for (std::int64_t t = 0; t < tokens; ++t) {
      at::Tensor row = at::zeros({width});
      for (std::int64_t j = 0; j < k; ++j) {
        if (plan->row[t * k + j] < 0) continue;
        const std::int64_t e = chosen[t][j].item<std::int64_t>();
        const at::Tensor h1 = value("w1.weight")[e].mv(x[t]) + value("w1.bias")[e];
        at::Tensor a;
        if (kind == ExpertKind::relu) a = at::relu(h1);
        else if (kind == ExpertKind::gelu) a = at::gelu(h1);
        else {
          const at::Tensor gate = value("w3.weight")[e].mv(x[t]) + value("w3.bias")[e];
          a = gate * (kind == ExpertKind::swiglu ? at::sigmoid(h1) * h1 : at::gelu(h1));
        }
        row = row + weights[t][j] * (value("w2.weight")[e].mv(a) + value("w2.bias")[e]);
      }
      rows.push_back(row);
    }
    return at::stack(rows);
  }

  std::map<std::string, at::Tensor> gradients(const at::Tensor& y) {
    for (auto& [name, parameter] : parameters) parameter->value.mutable_grad().reset();
    x.mutable_grad().reset();
    weights.mutable_grad().reset();
    (y * mix).sum().backward();
    std::map<std::string, at::Tensor> found{{"x", x.grad().clone()}, {"weights", weights.grad().clone()}};
    for (auto& [name, parameter] : parameters) found[name] = parameter->value.grad().clone();
    return found;
  }
};

void expect_close(const at::Tensor& got, const at::Tensor& wanted, double tolerance, const std::string& what) {
  const double scale = std::max(1e-3, wanted.abs().max().item<double>());
  EXPECT_LT((got - wanted).abs().max().item<double>() / scale, tolerance) << what;
}

class ExpertsOfEveryKind : public ::testing::TestWithParam<std::tuple<ExpertKind, Overflow>> {};

TEST_P(ExpertsOfEveryKind, OutputAndGradientsEqualTheDefinitionTokenByToken) {
  Bench bench{.kind = std::get<0>(GetParam()), .rule = {std::get<1>(GetParam()), 0.7}};
  expect_close(bench.forward(), bench.naive(), 1e-5, "output");
  const auto wanted = bench.gradients(bench.naive());
  for (const auto& [name, gradient] : bench.gradients(bench.forward())) expect_close(gradient, wanted.at(name), 1e-5, name);
}

TEST_P(ExpertsOfEveryKind, GradientsMatchFiniteDifferences) {
  Bench bench{.tokens = 6, .width = 3, .hidden = 4, .experts = 3, .kind = std::get<0>(GetParam()),
              .rule = {std::get<1>(GetParam()), 0.7}};
  const auto analytic = bench.gradients(bench.forward());
  at::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> inputs{{"x", bench.x}, {"weights", bench.weights}};
  for (auto& [name, parameter] : bench.parameters) inputs[name] = parameter->value;
  const double h = 2e-3;
  for (auto& [name, tensor] : inputs) {
    at::Tensor flat = tensor.detach().view(-1);
    for (std::int64_t i = 0; i < flat.numel(); ++i) {
      const float kept = flat[i].item<float>();
      const auto at_offset = [&](double offset) {
        flat[i].fill_(kept + offset);
        return (bench.forward() * bench.mix).sum().item<double>();
      };
      const double slope = (at_offset(h) - at_offset(-h)) / (2 * h);
      flat[i].fill_(kept);
      EXPECT_NEAR(slope, analytic.at(name).view(-1)[i].item<double>(), 3e-2) << name << " " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ExpertsOfEveryKind,
                         ::testing::Combine(::testing::Values(ExpertKind::relu, ExpertKind::gelu, ExpertKind::swiglu, ExpertKind::geglu),
                                            ::testing::Values(Overflow::dropless, Overflow::drop_late)));

// More rows than a block, most of them one expert's, which is then split over the threads.
TEST(Experts, SkewedLoadsOnAnyNumberOfThreadsEqualTheDefinition) {
  const int before = at::get_num_threads();
  Bench bench{.tokens = 700, .width = 6, .hidden = 5, .experts = 4, .k = 1};
  bench.chosen = at::zeros({700, 1}, at::kLong);
  bench.chosen.narrow(0, 0, 40).fill_(2);
  bench.plan = build_dispatch(bench.chosen, 4, {});
  const auto wanted = bench.gradients(bench.naive());
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    expect_close(bench.forward(), bench.naive(), 1e-5, "output");
    for (const auto& [name, gradient] : bench.gradients(bench.forward()))
      expect_close(gradient, wanted.at(name), 1e-5, name);
  }
  at::set_num_threads(before);
}

// Three rows a token, in more blocks than may wait: their order is the experts', not the threads'.
TEST(Experts, OutputsAndGradientsOfInputsAreTheSameToTheBitOnAnyNumberOfThreads) {
  const int before = at::get_num_threads();
  struct Size {
    std::int64_t tokens, width, hidden, k;
  };
  // The wide one has blocks of 64 to 224 rows, by the number of threads.
  for (const auto& [compute, size] : {std::pair{at::kFloat, Size{5000, 6, 5, 3}},
                                      {at::kBFloat16, {5000, 6, 5, 3}},
                                      {at::kFloat, {6000, 520, 40, 2}},
                                      {at::kBFloat16, {6000, 520, 40, 2}}}) {
    Bench bench{.tokens = size.tokens,
                .width = size.width,
                .hidden = size.hidden,
                .experts = 5,
                .k = size.k,
                .compute = compute};
    at::set_num_threads(1);
    const at::Tensor wanted = bench.forward().detach().clone(), wanted_x = bench.gradients(bench.forward()).at("x").clone();
    for (const int threads : {2, 3, 4}) {
      at::set_num_threads(threads);
      EXPECT_TRUE(bench.forward().equal(wanted)) << threads;
      EXPECT_TRUE(bench.gradients(bench.forward()).at("x").equal(wanted_x)) << threads;
    }
  }
  at::set_num_threads(before);
}

TEST(Experts, TheDenseFeedForwardIsOneExpertWithWeightOne) {
  for (const ExpertKind kind : {ExpertKind::relu, ExpertKind::gelu, ExpertKind::swiglu, ExpertKind::geglu}) {
    Bench bench{.tokens = 300, .experts = 1, .k = 1, .kind = kind};
    bench.weights = at::ones({300, 1}).requires_grad_();
    const auto wanted = bench.gradients(bench.forward());
    bench.weights.mutable_grad() = at::zeros_like(bench.weights);
    expect_close(bench.layer.forward_dense(bench.x, at::kFloat), bench.forward(), 1e-6, "output");
    for (auto& [name, parameter] : bench.parameters) parameter->value.mutable_grad().reset();
    bench.x.mutable_grad().reset();
    (bench.layer.forward_dense(bench.x, at::kFloat) * bench.mix).sum().backward();
    expect_close(bench.x.grad(), wanted.at("x"), 1e-5, "x");
    for (auto& [name, parameter] : bench.parameters) expect_close(parameter->value.grad(), wanted.at(name), 1e-5, name);
  }
}

double relative_error(const at::Tensor& got, const at::Tensor& wanted) {
  return ((got - wanted).norm() / wanted.norm().clamp_min(1e-6)).item<double>();
}

class ExpertsInBf16 : public ::testing::TestWithParam<std::tuple<ExpertKind, std::int64_t>> {};

// More rows and hidden columns than go through together, sizes that no block divides, one expert, experts without
// tokens, and a share split over the threads.
TEST_P(ExpertsInBf16, StayNearFp32) {
  const auto [kind, which] = GetParam();
  struct Size {
    std::int64_t tokens, width, hidden, experts, k;
  };
  const Size size = std::vector<Size>{
      {40, 12, 10, 5, 2}, {1, 7, 5, 1, 1}, {700, 40, 300, 3, 1}, {5, 33, 65, 16, 2}, {300, 520, 300, 2, 1}}[which];
  Bench exact{.tokens = size.tokens, .width = size.width, .hidden = size.hidden, .experts = size.experts, .k = size.k, .kind = kind};
  Bench rounded{.tokens = size.tokens, .width = size.width, .hidden = size.hidden, .experts = size.experts, .k = size.k,
                .kind = kind, .compute = at::kBFloat16};
  for (Bench* bench : {&exact, &rounded})
    for (auto& [name, parameter] : bench->parameters) parameter->value.detach().mul_(1.5 / std::sqrt(static_cast<double>(size.width)));
  EXPECT_LT(relative_error(rounded.forward(), exact.forward()), 2e-2);
  // Units differ in the order of sums alone, and in what that moves over the edge between two bf16.
  const Bf16Unit best = bf16_unit();
  const at::Tensor there = rounded.forward();
  use_bf16_unit(Bf16Unit::any);
  EXPECT_LT(relative_error(rounded.forward(), there), 2e-3);
  use_bf16_unit(best);
  const auto wanted = exact.gradients(exact.forward());
  // At relu's kink rounding turns some slopes from 0 to 1 and back.
  const double tolerance = kind == ExpertKind::relu ? 8e-2 : 2e-2;
  for (const auto& [name, gradient] : rounded.gradients(rounded.forward())) {
    if (wanted.at(name).norm().item<double>() == 0) EXPECT_EQ(gradient.norm().item<double>(), 0) << name;
    else EXPECT_LT(relative_error(gradient, wanted.at(name)), tolerance) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, ExpertsInBf16,
                         ::testing::Combine(::testing::Values(ExpertKind::relu, ExpertKind::gelu,
                                                              ExpertKind::swiglu, ExpertKind::geglu),
                                            ::testing::Range<std::int64_t>(0, 5)));

TEST(Experts, TheDenseFeedForwardInBf16StaysNearFp32) {
  Bench bench{.tokens = 300, .width = 48, .hidden = 70, .experts = 1, .k = 1};
  bench.weights = at::ones({300, 1}).requires_grad_();
  const auto wanted = bench.gradients(bench.forward());
  for (auto& [name, parameter] : bench.parameters) parameter->value.mutable_grad().reset();
  bench.x.mutable_grad().reset();
  const at::Tensor y = bench.layer.forward_dense(bench.x, at::kBFloat16);
  EXPECT_LT(relative_error(y, bench.forward()), 2e-2);
  (y * bench.mix).sum().backward();
  EXPECT_LT(relative_error(bench.x.grad(), wanted.at("x")), 2e-2);
  for (auto& [name, parameter] : bench.parameters) EXPECT_LT(relative_error(parameter->value.grad(), wanted.at(name)), 2e-2) << name;
}

// With the same seed the mask is the same, so the loss is a smooth function of the weights.
TEST_P(ExpertsOfEveryKind, DropoutKeepsTheGradientTrue) {
  const auto generator = at::detail::createCPUGenerator(12);
  constexpr std::int64_t tokens = 9, width = 5, hidden = 40;
  Experts experts(3, width, hidden, std::get<0>(GetParam()), "e.{}.", Initializer{generator});
  const auto values = [&] {
    std::vector<at::Tensor> found;
    experts.visit([&](Parameter& p) { found.push_back(p.value); });
    return found;
  }();
  {
    at::NoGradGuard no_grad;
    for (const at::Tensor& value : values) value.normal_(0, 0.7, generator);
  }
  const at::Tensor x = at::empty({tokens, width}).normal_(0, 1, generator), mix = at::empty({tokens, width}).normal_(0, 1, generator);
  at::Tensor weights = at::rand({tokens, 2}, generator).requires_grad_();
  const auto plan = build_dispatch(at::arange(2 * tokens, at::kLong).remainder(3).view({tokens, 2}), 3, {});
  const auto run = [&](double dropout) {
    return experts.forward(x, weights, plan, {at::kFloat, dropout, Draws{78}});
  };
  (run(0.4) * mix).sum().backward();
  at::NoGradGuard no_grad;
  EXPECT_FALSE(run(0.4).equal(run(0)));
  EXPECT_TRUE(run(0.4).equal(run(0.4)));
  const auto check = [&](const at::Tensor& value) {
    at::Tensor flat = value.detach().view(-1);
    const at::Tensor analytic = value.grad().view(-1);
    for (std::int64_t i = 0; i < flat.numel(); i += 17) {
      const float kept = flat[i].item<float>();
      flat[i].fill_(kept + 1e-2);
      const double above = (run(0.4) * mix).sum().item<double>();
      flat[i].fill_(kept - 1e-2);
      const double below = (run(0.4) * mix).sum().item<double>();
      flat[i].fill_(kept);
      EXPECT_NEAR((above - below) / 2e-2, analytic[i].item<double>(), 2e-2 * std::max(1.0, std::abs(analytic[i].item<double>())));
    }
  };
  for (const at::Tensor& value : values) check(value);
  check(weights);
  // bf16 drops the same units.
  const at::Tensor exact = run(0.4), rounded = experts.forward(x, weights, plan, {at::kBFloat16, 0.4, Draws{78}});
  EXPECT_LT((exact - rounded).norm().item<double>() / exact.norm().item<double>(), 2e-2);
}

TEST(Experts, ADroppedAssignmentGivesNoGradientToItsWeight) {
  Bench bench{.rule = {Overflow::drop_late, 0.3}};
  const at::Tensor gradient = bench.gradients(bench.forward()).at("weights").view(-1);
  ASSERT_GT(bench.plan->dropped(), 0);
  for (std::int64_t a = 0; a < gradient.numel(); ++a)
    if (bench.plan->row[a] < 0) {
      EXPECT_EQ(gradient[a].item<float>(), 0.0F);
    }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
