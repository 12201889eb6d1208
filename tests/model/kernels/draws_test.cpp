#include "core/model/kernels/draws.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/philox.h"
#include "core/model/functions/composed.h"
#include "core/model/functions/expert_spans.h"
#include "core/model/functions/experts.h"
#include "core/model/layers/moe_layer.h"
#include "core/model/layers/soft_mixing.h"
#include "core/model/routing/gate.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

constexpr Draws kHere{3, 17, 1000, 2};

Draws at_place(std::int64_t first) {
  Draws draws = kHere;
  draws.first = first;
  return draws;
}

std::vector<double> sorted_values(const at::Tensor& t) {
  const at::Tensor plain = t.flatten().to(at::kDouble).contiguous();
  std::vector<double> values(plain.data_ptr<double>(), plain.data_ptr<double>() + plain.numel());
  std::sort(values.begin(), values.end());
  return values;
}

// Largest distance of the empirical distribution from `cumulative` (Kolmogorov and Smirnov), times sqrt(n).
template <class F>
double distance_from(const at::Tensor& t, const F& cumulative) {
  const std::vector<double> values = sorted_values(t);
  const auto n = static_cast<double>(values.size());
  double most = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double wanted = cumulative(values[i]);
    most = std::max(
        {most, std::abs(wanted - static_cast<double>(i) / n), std::abs(wanted - static_cast<double>(i + 1) / n)});
  }
  return most * std::sqrt(n);
}

double normal_below(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// 1.95 is passed by one sample in a thousand; seeds are fixed.
TEST(Draws, AreUniformAndNormal) {
  for (const std::int64_t n : {1, 3, 8, 130}) {
    const at::Tensor uniform = uniform_draws(kHere, "test", 400'000 / n, n),
                     normal = normal_draws(kHere, "test", 400'000 / n, n);
    EXPECT_GE(uniform.min().item<float>(), 0);
    EXPECT_LT(uniform.max().item<float>(), 1);
    EXPECT_LT(distance_from(uniform, [](double x) { return x; }), 1.95) << n;
    EXPECT_LT(distance_from(normal, normal_below), 1.95) << n;
    const at::Tensor z = normal.to(at::kDouble);
    const auto count = static_cast<double>(z.numel());
    EXPECT_NEAR(z.mean().item<double>(), 0, 4 / std::sqrt(count));
    EXPECT_NEAR(z.var().item<double>(), 1, 4 * std::sqrt(2 / count));
    EXPECT_NEAR(z.pow(4).mean().item<double>(), 3, 4 * std::sqrt(96 / count));
    EXPECT_LT(z.abs().max().item<double>(), 6.7);
    EXPECT_GT(z.abs().max().item<double>(), 4);
  }
}

// Neighbours in element, place, step, layer, seed and purpose say nothing of each other.
TEST(Draws, AreIndependentAcrossEveryFieldOfTheCounter) {
  constexpr std::int64_t rows = 20'000, n = 8;
  const at::Tensor z = normal_draws(kHere, "test", rows, n).to(at::kDouble);
  const auto correlation = [](const at::Tensor& a, const at::Tensor& b) { return (a * b).mean().item<double>(); };
  const double most = 4.5 / std::sqrt(static_cast<double>(rows * n));
  const auto other = [&](auto change) {
    Draws draws = kHere;
    change(draws);
    return normal_draws(draws, "test", rows, n).to(at::kDouble);
  };
  EXPECT_LT(std::abs(correlation(z, other([](Draws& d) { ++d.step; }))), most);
  EXPECT_LT(std::abs(correlation(z, other([](Draws& d) { ++d.layer; }))), most);
  EXPECT_LT(std::abs(correlation(z, other([](Draws& d) { ++d.seed; }))), most);
  EXPECT_LT(std::abs(correlation(z, other([](Draws& d) { d.first += std::int64_t{1} << 32; }))), most);
  EXPECT_LT(std::abs(correlation(z, normal_draws(kHere, "else", rows, n).to(at::kDouble))), most);
  EXPECT_LT(std::abs(correlation(z.narrow(0, 1, rows - 1), z.narrow(0, 0, rows - 1))), most);
  for (std::int64_t lag = 1; lag < n; ++lag) {
    EXPECT_LT(std::abs(correlation(z.narrow(1, lag, n - lag), z.narrow(1, 0, n - lag))), 2.7 * most) << lag;
    EXPECT_LT(std::abs(correlation(z.narrow(1, lag, n - lag).square() - 1, z.narrow(1, 0, n - lag).square() - 1)),
              6 * most)
        << lag;
  }
}

// Neither the tensor's size nor where a row stands in it matters, nor how many threads there are.
TEST(Draws, FollowFromThePlaceAlone) {
  const int threads = at::get_num_threads();
  for (const std::int64_t n : {1, 2, 5, 8, 33}) {
    const at::Tensor all = normal_draws(at_place(0), "test", 6000, n),
                     even = uniform_draws(at_place(0), "test", 6000, n);
    EXPECT_TRUE(normal_draws(at_place(8), "test", 8, n).equal(all.narrow(0, 8, 8))) << n;
    EXPECT_TRUE(uniform_draws(at_place(8), "test", 8, n).equal(even.narrow(0, 8, 8))) << n;
    EXPECT_TRUE(normal_draws(at_place(5999), "test", 1, n).equal(all.narrow(0, 5999, 1))) << n;
    at::set_num_threads(1);
    EXPECT_TRUE(normal_draws(at_place(0), "test", 6000, n).equal(all)) << n;
    at::set_num_threads(threads);
  }
  // Element e is that of counter e / 4.
  EXPECT_TRUE(uniform_draws(kHere, "test", 3, 9).narrow(1, 0, 8).equal(uniform_draws(kHere, "test", 3, 8)));
  const PhiloxWords words = philox({1, 1002, 17, 2 << 16}, philox_key(3, "test"));
  const at::Tensor row = uniform_draws(kHere, "test", 3, 8)[2];
  for (std::int64_t w = 0; w < 4; ++w)
    EXPECT_EQ(row[4 + w].item<float>(), static_cast<float>(words[static_cast<std::size_t>(w)] >> 8) * 0x1p-24F);
}

TEST(Draws, WordsAreThoseOfTheirPlacesInAnyOrder) {
  std::vector<std::int64_t> at(50), some{49, 3, 3};
  std::iota(at.begin(), at.end(), 0);
  const auto all = word_draws(kHere, "test", at), few = word_draws(kHere, "test", some);
  EXPECT_EQ(few, (std::vector<std::uint64_t>{all[49], all[3], all[3]}));
  const PhiloxWords words = philox({0, 1003, 17, 2 << 16}, philox_key(3, "test"));
  EXPECT_EQ(all[3], std::uint64_t{words[1]} << 32 | words[0]);
}

TEST(Draws, AnOrderIsOfWhatStandsInIt) {
  const at::Tensor whole = random_order(at_place(0), "test", 32), part = random_order(at_place(16), "test", 16);
  std::vector<std::int64_t> of_whole;
  for (std::int64_t i = 0; i < 32; ++i)
    if (const auto a = whole[i].item<std::int64_t>(); a >= 16) of_whole.push_back(a - 16);
  EXPECT_EQ(of_whole,
            std::vector<std::int64_t>(part.data_ptr<std::int64_t>(), part.data_ptr<std::int64_t>() + 16));
}

// --- what a token draws is its own: tokens 8 to 15 alone draw what they draw among 0 to 15

Config small(std::int64_t experts = 4) {
  Config config;
  config.experts = experts;
  config.d_model = 6;
  config.d_ff = 5;
  config.learned_noise = LearnedNoise::none;
  return config;
}

at::Tensor tokens_of(std::int64_t rows, std::int64_t width) {
  return at::empty({rows, width}).normal_(0, 1, at::detail::createCPUGenerator(3));
}

RoutingContext training(std::int64_t first) {
  RoutingContext context;
  context.training = true;
  context.experts = 4;
  context.top_k = 2;
  context.draws = at_place(first);
  return context;
}

class TokensOwn : public ::testing::TestWithParam<int> {};

TEST_P(TokensOwn, Noise) {
  at::NoGradGuard no_grad;
  Config config = small();
  // Of the Gaussian kind weights start at 0, where neither jitter nor dropout show.
  config.learned_noise = GetParam() == 3 ? LearnedNoise::gaussian : LearnedNoise::uniform;
  const LinearGate gate(config, "", Initializer{at::detail::createCPUGenerator(2)});
  const auto of = [&](const at::Tensor& x, std::int64_t first) {
    RoutingContext context = training(first);
    if (GetParam() == 0) context.noise_std = 1;
    if (GetParam() == 1) context.jitter = 0.5;
    if (GetParam() == 2) context.logit_dropout = 0.5;
    if (GetParam() >= 3) context.learned_noise = config.learned_noise;
    return gate.score(x, context).noisy;
  };
  const at::Tensor x = tokens_of(16, 6) + 3, all = of(x, 0), alone = of(x.narrow(0, 8, 8).contiguous(), 8);
  // The product of a matrix may round otherwise for other sizes.
  EXPECT_LT((alone - all.narrow(0, 8, 8)).abs().max().item<float>(), 1e-6);
  EXPECT_GT((of(x, 8) - all).abs().max().item<float>(), 1e-3) << "another place, another draw";
}
INSTANTIATE_TEST_SUITE_P(Kinds, TokensOwn, ::testing::Range(0, 5));

TEST(TokensOwn, RandomGate) {
  GateScores scores;
  scores.clean = scores.noisy = at::zeros({16, 4});
  const Routing all = route_random(scores, training(0));
  scores.clean = scores.noisy = at::zeros({8, 4});
  EXPECT_TRUE(route_random(scores, training(8)).experts.equal(all.experts.narrow(0, 8, 8)));
  EXPECT_FALSE(route_random(scores, training(0)).experts.equal(all.experts.narrow(0, 8, 8)));
}

// Which of a layer's assignments go follows from their order; of some of them it is the same.
TEST(TokensOwn, DropRandom) {
  at::NoGradGuard no_grad;
  const MoeLayer layer(small(), 2, "", Initializer{at::detail::createCPUGenerator(2)});
  const at::Tensor x = tokens_of(16, 6);
  const auto kept = [&](const at::Tensor& in, std::int64_t first, double factor) {
    std::vector<MoeTrace> trace;
    layer.forward(in, training(first), {Overflow::drop_random, factor}, at::kFloat, trace);
    std::vector<int> stays;
    for (const std::int32_t row : trace.front().plan->row) stays.push_back(row >= 0);
    return stays;
  };
  // Whoever stays among all, with as many places for each expert, stays among the half.
  const std::vector<int> all = kept(x, 0, 0.5), half = kept(x.narrow(0, 8, 8).contiguous(), 8, 1.0);
  for (std::size_t a = 0; a < half.size(); ++a) EXPECT_GE(half[a], all[16 + a]) << a;
  EXPECT_LT(std::accumulate(all.begin(), all.end(), 0), 32);
  EXPECT_EQ(kept(x, 0, 0.5), all);
  EXPECT_NE(kept(x, 64, 0.5), all);
}

ExpertPass dropping(std::int64_t first, at::ScalarType compute = at::kFloat) {
  return {compute, 0.5, at_place(first)};
}

// The mask is of token and choice, whatever expert it is and whatever row: experts alike make it visible.
TEST(TokensOwn, ExpertDropout) {
  at::NoGradGuard no_grad;
  const std::int64_t width = 6, hidden = 40;
  Experts experts(4, width, hidden, ExpertKind::relu, "e.{}.", Initializer{at::detail::createCPUGenerator(5)});
  experts.visit([](Parameter& p) { p.value.detach().copy_(p.value.detach()[0].clone().expand_as(p.value)); });
  const at::Tensor x = tokens_of(16, width), weights = tokens_of(16, 2).abs();
  const auto choices = [&](std::uint64_t seed, std::int64_t rows) {
    return select_top_k(at::rand({rows, 4}, at::detail::createCPUGenerator(seed)), 2);
  };
  const auto run = [&](const at::Tensor& chosen, std::int64_t from, std::int64_t rows,
                       const CapacityRule& rule = {}) {
    return experts.forward(x.narrow(0, from, rows).contiguous(), weights.narrow(0, from, rows).contiguous(),
                           build_dispatch(chosen, 4, rule), dropping(from));
  };
  const at::Tensor all = run(choices(1, 16), 0, 16);
  EXPECT_LT(
      (run(choices(1, 16).narrow(0, 8, 8).contiguous(), 8, 8) - all.narrow(0, 8, 8)).abs().max().item<float>(),
      1e-5);
  EXPECT_LT((run(choices(2, 16), 0, 16) - all).abs().max().item<float>(), 1e-5)
      << "other routes, other rows, the same masks";
  const at::Tensor plain = experts.forward(x, weights, build_dispatch(choices(1, 16), 4, {}), at::kFloat);
  EXPECT_GT((plain - all).abs().max().item<float>(), 1e-2);
}

// fp32, bf16 and torch's own operations drop the same units, of choices, dense rows and slots.
TEST(TokensOwn, EveryPathDropsTheSame) {
  at::NoGradGuard no_grad;
  const std::int64_t width = 6, hidden = 40;
  Experts experts(4, width, hidden, ExpertKind::swiglu, "e.{}.", Initializer{at::detail::createCPUGenerator(5)});
  std::vector<at::Tensor> w;
  experts.visit([&](Parameter& p) { w.push_back(p.value); });
  const at::Tensor x = tokens_of(16, width), weights = tokens_of(16, 2).abs();
  const auto plan = build_dispatch(select_top_k(at::rand({16, 4}, at::detail::createCPUGenerator(1)), 2), 4,
                                   {Overflow::drop_late, 0.8});
  const at::Tensor exact = experts.forward(x, weights, plan, dropping(8)),
                   rounded = experts.forward(x, weights, plan, dropping(8, at::kBFloat16));
  EXPECT_LT((exact - rounded).norm().item<double>() / exact.norm().item<double>(), 2e-2);

  Draws draws = at_place(16);
  std::vector<rows::DropMask> masks;
  for (const std::uint64_t word : word_draws(draws, "expert dropout", plan->places()))
    masks.emplace_back(0.5, word);
  const at::Tensor composed = composed::experts(x, weights, {w[0], w[1], w[2], w[3], w[4], w[5]}, *plan,
                                                {ExpertKind::swiglu, masks.data()}, at::kFloat);
  EXPECT_LT((exact - composed).abs().max().item<float>(), 1e-5);
}

// Slots are named by their sequence, whatever sequences share the pass.
TEST(TokensOwn, SlotDropout) {
  at::NoGradGuard no_grad;
  constexpr std::int64_t width = 6, length = 5;
  const Initializer init{at::detail::createCPUGenerator(5)};
  const SoftMixing soft(3, 2, width, "", init);
  const Experts experts(3, width, 20, ExpertKind::gelu, "e.{}.", init);
  const at::Tensor x = tokens_of(4 * length, width);
  const auto run = [&](std::int64_t from, std::int64_t sequences) {
    RoutingContext context = training(from * length);
    context.sequences = sequences;
    context.top_k = 1;
    return soft
        .forward(x.narrow(0, from * length, sequences * length).contiguous(), experts, context,
                 dropping(from * length))
        .y;
  };
  const at::Tensor all = run(0, 4);
  EXPECT_LT((run(2, 2) - all.narrow(0, 2 * length, 2 * length)).abs().max().item<float>(), 1e-5);
}

// In evaluation nothing of this is drawn: what training's draws say changes nothing.
TEST(TokensOwn, EvaluationIsNoDraw) {
  at::NoGradGuard no_grad;
  Config config = small();
  config.gate = Gate::random;
  const MoeLayer layer(config, 2, "", Initializer{at::detail::createCPUGenerator(2)});
  const at::Tensor x = tokens_of(16, 6);
  const auto run = [&](std::int64_t first) {
    RoutingContext context = training(first);
    context.training = false;
    context.gate = Gate::random;
    std::vector<MoeTrace> trace;
    return layer.forward(x, context, {Overflow::drop_random, 0.5}, at::kFloat, trace);
  };
  EXPECT_TRUE(run(0).equal(run(800)));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
