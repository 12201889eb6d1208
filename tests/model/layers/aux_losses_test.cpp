#include "core/model/layers/aux_losses.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/model/layers/allowed_experts.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

// A layer that decided what a softmax router decides on these logits; weights do not matter here.
MoeTrace trace_of(const at::Tensor& logits, const at::Tensor& chosen) {
  MoeTrace trace;
  trace.scores.clean = trace.scores.noisy = trace.routing.logits = logits;
  trace.routing.probs = at::softmax(logits, -1);
  trace.routing.experts = chosen;
  trace.plan = build_dispatch(chosen, logits.size(1), {});
  return trace;
}
MoeTrace trace_of(const at::Tensor& logits, std::int64_t k) { return trace_of(logits, select_top_k(logits, k)); }

double value(AuxLoss loss, const MoeTrace& trace, const LossContext& context = {}) {
  return aux_loss(loss, trace, context).item<double>();
}

// Twelve tokens in two sequences, N = 4, k = 2, all logits equal, every pair of experts in turn.
TEST(AuxLosses, TheirValuesAtUniformLoad) {
  at::Tensor chosen = at::arange(24, at::kLong).remainder(4).view({12, 2});
  MoeTrace trace = trace_of(at::zeros({12, 4}), chosen);
  trace.scores.spread = at::ones({12, 4});
  const LossContext context{.sequences = 2};
  EXPECT_NEAR(value(AuxLoss::switch_balance, trace, context), 1, 1e-6);
  // First choices are 0 2 0 2 ...: not even among four, but P is, and their shares sum to 1.
  EXPECT_NEAR(value(AuxLoss::gshard, trace, context), 1, 1e-6);
  EXPECT_NEAR(value(AuxLoss::importance, trace, context), 0, 1e-6);
  EXPECT_NEAR(value(AuxLoss::load, trace, context), 0, 1e-6);
  EXPECT_NEAR(value(AuxLoss::mse_prob, trace, context), 0, 1e-6);
  EXPECT_NEAR(value(AuxLoss::mse_load, trace, context), 0, 1e-6);
  EXPECT_NEAR(value(AuxLoss::sequence, trace, context), 1, 1e-6);
  EXPECT_NEAR(value(AuxLoss::z, trace, context), std::pow(std::log(4), 2), 1e-5);
}

// Three allowed of four, with k = 1 and the same logits of all: what chance the fourth has is not in it.
TEST(AuxLosses, AreOverThoseThatAreNotBanned) {
  const at::Tensor logits = torch::tensor({0.F, 0.F, 0.F, 7.F}).expand({6, 4}).contiguous();
  MoeTrace trace = trace_of(logits, torch::tensor({0, 1, 2, 0, 1, 2}, at::kLong).view({6, 1}));
  trace.banned = torch::tensor({0, 0, 0, 1}, at::kInt).to(at::kBool);
  trace.scores.spread = at::ones({6, 4});
  const MoeTrace open = among_allowed(trace);
  const LossContext context{.sequences = 2};
  EXPECT_NEAR(value(AuxLoss::switch_balance, open, context), 1, 1e-6);
  EXPECT_NEAR(value(AuxLoss::gshard, open, context), 1, 1e-6);
  EXPECT_NEAR(value(AuxLoss::importance, open, context), 0, 1e-6);
  EXPECT_NEAR(value(AuxLoss::load, open, context), 0, 1e-6);
  EXPECT_NEAR(value(AuxLoss::mse_prob, open, context), 0, 1e-6);
  EXPECT_NEAR(value(AuxLoss::mse_load, open, context), 0, 1e-6);
  EXPECT_NEAR(value(AuxLoss::sequence, open, context), 1, 1e-6);
  EXPECT_EQ(value(AuxLoss::z, open, context), value(AuxLoss::z, trace, context));
  EXPECT_EQ(of_allowed({1, 2, 3, 4}, trace.banned), (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(of_allowed({1, 2, 3, 4}, {}), (std::vector<std::int64_t>{1, 2, 3, 4}));
}

// All on expert 0 of the allowed: the gradient of the others is the same, and the banned one has none.
TEST(AuxLosses, DoNotDriveChancesIntoABannedExpert) {
  const at::Tensor logits = at::zeros({5, 4}).requires_grad_();
  for (const AuxLoss loss : {AuxLoss::switch_balance, AuxLoss::gshard, AuxLoss::sequence}) {
    logits.mutable_grad() = at::Tensor();
    MoeTrace trace = trace_of(logits, at::zeros({5, 1}, at::kLong));
    trace.banned = torch::tensor({0, 0, 0, 1}, at::kInt).to(at::kBool);
    aux_loss(loss, among_allowed(trace)).backward();
    EXPECT_LT(logits.grad().select(1, 3).abs().max().item<double>(), 1e-7) << static_cast<int>(loss);
    EXPECT_GT(logits.grad().select(1, 0).min().item<double>(), 0.01) << static_cast<int>(loss);
  }
}

// Every token sure of experts 0 and 1: N = 8, k = 2, so f = P = 1/2 on those.
TEST(AuxLosses, TheirValuesAtFullCollapse) {
  at::Tensor logits = at::full({10, 8}, -50.0F);
  logits.narrow(1, 0, 2).fill_(0);
  const MoeTrace trace = trace_of(logits, 2);
  EXPECT_NEAR(value(AuxLoss::switch_balance, trace), 4, 1e-5) << "N/k";
  EXPECT_NEAR(value(AuxLoss::gshard, trace), 4, 1e-5) << "all first choices are expert 0: N P_0";
  EXPECT_NEAR(value(AuxLoss::importance, trace), 3, 1e-5) << "N sum (P - 1/N)^2 N = 8 (2 / 4 - 1/8)";
  EXPECT_NEAR(value(AuxLoss::mse_prob, trace), 3.0 / 64, 1e-6) << "importance over N^2";
  EXPECT_NEAR(value(AuxLoss::mse_load, trace), 0.5 - 1.0 / 8, 1e-6);
  EXPECT_NEAR(value(AuxLoss::sequence, trace), 4, 1e-5);
  EXPECT_NEAR(value(AuxLoss::z, trace), std::pow(std::log(2), 2), 1e-5);
}

TEST(AuxLosses, SwitchGradientIsTheLoadAndNothingElse) {
  MoeTrace trace = trace_of(at::zeros({5, 3}), torch::tensor({0, 1, 1, 2, 2, 2, 2, 2, 2, 1}, at::kLong).view({5, 2}));
  trace.routing.probs = at::rand({5, 3}).requires_grad_();
  aux_loss(AuxLoss::switch_balance, trace).backward();
  // d/dp[t, i] = N f_i / T with f = (1, 3, 6) / 10
  const at::Tensor row = torch::tensor({0.1F, 0.3F, 0.6F}) * (3.0 / 5.0);
  EXPECT_TRUE(at::allclose(trace.routing.probs.grad(), row.expand({5, 3})));
}

// Two sequences that each use one expert, together both: even over the batch, collapsed within each.
TEST(AuxLosses, ScopeDecidesWhatIsEven) {
  const at::Tensor logits = torch::tensor({9.F, 0.F, 9.F, 0.F, 0.F, 9.F, 0.F, 9.F}).view({4, 2});
  const MoeTrace trace = trace_of(logits, 1);
  const double sure = 1 / (1 + std::exp(-9.0));
  EXPECT_NEAR(value(AuxLoss::switch_balance, trace, {.sequences = 2}), 1, 1e-5);
  EXPECT_NEAR(value(AuxLoss::switch_balance, trace, {.sequences = 2, .scope = BalanceScope::sequence}), 2 * sure, 1e-5);
  EXPECT_NEAR(value(AuxLoss::sequence, trace, {.sequences = 2}), 2 * sure, 1e-5);
  // Loads of the whole step so far: all on expert 0, whose P is a half here.
  const std::vector<std::int64_t> step{8, 0};
  EXPECT_NEAR(value(AuxLoss::switch_balance, trace, {.scope = BalanceScope::global, .step_counts = &step}), 1, 1e-5);
  const std::vector<std::int64_t> other{6, 2};
  const MoeTrace first = trace_of(logits.narrow(0, 0, 2).contiguous(), 1);
  EXPECT_NEAR(value(AuxLoss::switch_balance, first, {.scope = BalanceScope::global, .step_counts = &other}),
              2 * (0.75 * sure + 0.25 * (1 - sure)), 1e-5);
}

// The smooth estimate of the load against drawing the noise of one expert anew, the others' held: the chance
// that it is among the k best (Shazeer 2017, eq. 8).
TEST(AuxLosses, LoadIsTheChanceToBeChosenUnderFreshNoise) {
  const auto generator = at::detail::createCPUGenerator(5);
  constexpr std::int64_t tokens = 3, experts = 5, k = 2, draws = 200'000;
  const at::Tensor clean = at::empty({tokens, experts}).normal_(0, 1, generator);
  const at::Tensor spread = at::empty({tokens, experts}).uniform_(0.3, 1.2, generator);
  const at::Tensor noisy = clean + spread * at::empty({tokens, experts}).normal_(0, 1, generator);
  at::Tensor chance = at::zeros({tokens, experts}, at::kDouble);
  for (std::int64_t i = 0; i < experts; ++i) {
    at::Tensor redrawn = noisy.unsqueeze(0).repeat({draws, 1, 1});
    redrawn.select(2, i).copy_(clean.select(1, i) + spread.select(1, i) * at::empty({draws, tokens}).normal_(0, 1, generator));
    const at::Tensor among = std::get<1>(redrawn.topk(k, -1)).eq(i).any(-1);
    chance.select(1, i).copy_(among.to(at::kDouble).mean(0));
  }
  MoeTrace trace = trace_of(noisy, k);
  trace.scores.clean = clean;
  trace.scores.spread = spread;
  const at::Tensor loads = chance.sum(0);
  const double wanted = (loads.var(false) / loads.mean().square()).item<double>();
  EXPECT_NEAR(value(AuxLoss::load, trace), wanted, 5e-3);
}

TEST(AuxLosses, HaveNoValueWhereTheyHaveNoMeaning) {
  MoeTrace quiet = trace_of(at::zeros({4, 3}), 1);
  EXPECT_FALSE(aux_loss(AuxLoss::load, quiet, {}).defined()) << "no noise";
  quiet.scores.spread = at::ones({4, 3});
  MoeTrace all = trace_of(at::zeros({4, 3}), 3);
  all.scores.spread = at::ones({4, 3});
  EXPECT_EQ(value(AuxLoss::load, all), 0) << "k = N: everybody is chosen";
  quiet.routing.probs = at::Tensor();
  for (const AuxLoss loss : kAuxLosses) EXPECT_FALSE(aux_loss(loss, quiet, {}).defined());
}

// Noise so small beside what was dropped that no expert has a chance a float can hold: even, and no 0 / 0.
TEST(AuxLosses, LoadOfNoChanceAtAllIsEven) {
  at::Tensor logits = at::full({6, 4}, -3.0F).requires_grad_();
  MoeTrace trace = trace_of(logits, 2);
  trace.scores.noisy = at::zeros({6, 4});
  trace.scores.spread = at::full({6, 4}, 1e-3);
  const at::Tensor loss = aux_loss(AuxLoss::load, trace);
  EXPECT_EQ(loss.item<double>(), 0);
  loss.backward();
  EXPECT_TRUE(at::isfinite(logits.grad()).all().item<bool>());
}

// Every loss of a sigmoid gate whose scores are all below the smallest float.
TEST(AuxLosses, AreFiniteForScoresThatUnderflow) {
  for (const AuxLoss loss : kAuxLosses) {
    at::Tensor logits = (at::randn({8, 4}, at::detail::createCPUGenerator(4)) - 150).requires_grad_();
    GateScores scores;
    scores.clean = scores.noisy = logits;
    RoutingContext context;
    context.gate = Gate::sigmoid;
    context.experts = 4;
    context.top_k = 2;
    MoeTrace trace;
    trace.scores = scores;
    trace.scores.spread = at::full({8, 4}, 0.5);
    trace.routing = route(scores, context);
    trace.plan = build_dispatch(trace.routing.experts, 4, {});
    const at::Tensor value = aux_loss(loss, trace, {.sequences = 2});
    EXPECT_TRUE(std::isfinite(value.item<double>())) << key_of(loss);
    if (loss == AuxLoss::switch_balance) {
      EXPECT_NEAR(value.item<double>(), 1, 0.5) << "p sums to 1";
    }
    if (!value.requires_grad()) continue;
    value.backward();
    EXPECT_TRUE(at::isfinite(logits.grad()).all().item<bool>()) << key_of(loss);
  }
}

// With respect to the clean logits, the noise added on top held fixed.
class EachLoss : public ::testing::TestWithParam<AuxLoss> {};

TEST_P(EachLoss, GradientMatchesFiniteDifferences) {
  const auto generator = at::detail::createCPUGenerator(2);
  constexpr std::int64_t tokens = 8, experts = 5, k = 2;
  at::Tensor logits = at::empty({tokens, experts}).normal_(0, 2, generator).requires_grad_();
  const at::Tensor noise = at::empty({tokens, experts}).normal_(0, 0.5, generator);
  const at::Tensor chosen = select_top_k(logits.detach() + noise, k);
  const auto loss = [&] {
    MoeTrace trace = trace_of(logits, chosen);
    trace.scores.noisy = logits + noise;
    trace.scores.spread = at::full({tokens, experts}, 0.5);
    return aux_loss(GetParam(), trace, {.sequences = 2});
  };
  const at::Tensor at_start = loss();
  if (GetParam() == AuxLoss::mse_load) {
    EXPECT_FALSE(at_start.requires_grad()) << "counts have no gradient";
    return;
  }
  at_start.backward();
  at::NoGradGuard no_grad;
  at::Tensor flat = logits.detach().view(-1);
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    const float kept = flat[i].item<float>();
    flat[i].fill_(kept + 1e-2);
    const double above = loss().item<double>();
    flat[i].fill_(kept - 1e-2);
    const double below = loss().item<double>();
    flat[i].fill_(kept);
    EXPECT_NEAR((above - below) / 2e-2, logits.grad().view(-1)[i].item<double>(), 2e-3) << key_of(GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(All, EachLoss, ::testing::ValuesIn(kAuxLosses));

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
