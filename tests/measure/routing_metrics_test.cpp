#include "core/measure/routing_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

std::vector<PerAuxLoss<double>> losses_of(double z) {
  auto losses = PerAuxLoss<double>::filled(kMissing);
  losses[AuxLoss::z] = z;
  return {losses};
}

MoeTrace trace_of(const at::Tensor& logits, const at::Tensor& chosen, CapacityRule rule = {}) {
  MoeTrace trace;
  trace.block = 3;
  trace.routing.logits = logits;
  trace.routing.probs = at::softmax(logits, -1);
  trace.routing.experts = chosen;
  trace.plan = build_dispatch(chosen, logits.size(1), rule);
  return trace;
}

TEST(RoutingMeter, UniformRouting) {
  RoutingMeter meter;
  const at::Tensor chosen = torch::tensor({0, 1, 2, 3, 0, 1, 2, 3}, at::kLong).view({4, 2});
  meter.add({trace_of(at::zeros({4, 4}), chosen)}, losses_of(2.0));
  const LayerRecord record = meter.take().at(0);
  EXPECT_EQ(record.block, 3);
  EXPECT_EQ(record.counts, (std::vector<float>{2, 2, 2, 2}));
  EXPECT_NEAR(record.token_entropy, 1, 1e-6);
  EXPECT_NEAR(record.load_entropy, 1, 1e-6);
  EXPECT_NEAR(record.max_violation, 0, 1e-6);
  EXPECT_NEAR(record.aux[AuxLoss::switch_balance], 1, 1e-6);
  EXPECT_NEAR(record.aux[AuxLoss::mse_load], 0, 1e-6);
  EXPECT_NEAR(record.aux[AuxLoss::z], 2, 1e-6);
  EXPECT_TRUE(std::isnan(record.aux[AuxLoss::gshard])) << "nobody computed it";
  EXPECT_EQ(record.dropped, 0);
  EXPECT_TRUE(meter.take().empty()) << "taking starts afresh";
}

TEST(RoutingMeter, CollapsedRouting) {
  RoutingMeter meter;
  const at::Tensor sure = torch::tensor({60.F, 0.F, 0.F, 0.F}).expand({6, 4}).contiguous();
  const at::Tensor chosen = at::zeros({6, 1}, at::kLong);
  meter.add({trace_of(sure, chosen, {Overflow::drop_late, 2.0})}, losses_of(0.0));
  const LayerRecord record = meter.take().at(0);
  EXPECT_NEAR(record.token_entropy, 0, 1e-6);
  EXPECT_NEAR(record.load_entropy, 0, 1e-6);
  EXPECT_NEAR(record.max_violation, 3, 1e-6) << "N/k - 1";
  EXPECT_NEAR(record.aux[AuxLoss::switch_balance], 4, 1e-5) << "N/k";
  EXPECT_NEAR(record.aux[AuxLoss::importance], 3, 1e-5) << "N^2 times the MSE of P";
  EXPECT_NEAR(record.aux[AuxLoss::mse_prob], 3.0 / 16, 1e-6);
  EXPECT_NEAR(record.aux[AuxLoss::mse_load], 0.75, 1e-6);
  // C = ceil(2 * 6 / 4) = 3 of 6
  EXPECT_EQ(record.dropped, 3);
  EXPECT_NEAR(record.assignment_drop_rate, 0.5, 1e-6);
  EXPECT_NEAR(record.token_drop_rate, 0.5, 1e-6);
}

// f = (3/4, 1/4) and p = (0.8, 0.2) for each token, over two micro-batches of different size.
TEST(RoutingMeter, MicroBatchesAddUp) {
  RoutingMeter meter;
  const at::Tensor logits = torch::tensor({std::log(4.0), 0.0}, at::kFloat).view({1, 2});
  meter.add({trace_of(logits.expand({3, 2}).contiguous(), torch::tensor({0, 0, 1}, at::kLong).view({3, 1}))}, losses_of(1.0));
  meter.add({trace_of(logits, torch::tensor({0}, at::kLong).view({1, 1}))}, losses_of(5.0));
  const LayerRecord record = meter.take().at(0);
  const auto entropy = [](double p) { return -(p * std::log(p) + (1 - p) * std::log(1 - p)) / std::log(2.0); };
  EXPECT_EQ(record.counts, (std::vector<float>{3, 1}));
  EXPECT_NEAR(record.mean_prob[0], 0.8, 1e-6);
  EXPECT_NEAR(record.token_entropy, entropy(0.8), 1e-6);
  EXPECT_NEAR(record.load_entropy, entropy(0.75), 1e-6);
  EXPECT_NEAR(record.max_violation, 0.5, 1e-6);
  EXPECT_NEAR(record.aux[AuxLoss::switch_balance], 2 * (0.75 * 0.8 + 0.25 * 0.2), 1e-6);
  EXPECT_NEAR(record.aux[AuxLoss::z], (3 * 1.0 + 5.0) / 4, 1e-6);
}

// Two micro-batches of one token each, all of it on another expert: each is collapsed, together they are even.
TEST(RoutingMeter, LossesAreThoseOfEachMicroBatchOverTheirScope) {
  const at::Tensor first = torch::tensor({std::log(4.0), 0.0}, at::kFloat).view({1, 2}),
                   second = first.flip(1).contiguous();
  const auto record_of = [&](BalanceScope scope, double computed) {
    RoutingMeter meter;
    for (const auto& [logits, expert] : {std::pair{first, 0}, {second, 1}}) {
      auto losses = losses_of(0.0);
      losses[0][AuxLoss::switch_balance] = computed;
      meter.add({trace_of(logits, at::full({1, 1}, expert, at::kLong))}, losses, {scope});
    }
    return meter.take().at(0);
  };
  // f = (1, 0) with P = (0.8, 0.2), then mirrored: 2 x 0.8 each. Pooled it would be 1.
  const LayerRecord micro = record_of(BalanceScope::micro, kMissing);
  EXPECT_NEAR(micro.aux[AuxLoss::switch_balance], 1.6, 1e-6);
  EXPECT_NEAR(micro.aux[AuxLoss::mse_prob], 0.09, 1e-6);
  EXPECT_NEAR(micro.aux[AuxLoss::importance], 0.36, 1e-6);
  EXPECT_NEAR(micro.aux[AuxLoss::mse_load], 0.5, 1e-6);
  EXPECT_NEAR(micro.load_entropy, 1, 1e-6) << "figures of the step are of the step";
  // Loads of the step so far: (1, 0), then (1, 1).
  EXPECT_NEAR(record_of(BalanceScope::global, kMissing).aux[AuxLoss::switch_balance], (1.6 + 1) / 2, 1e-6);
  EXPECT_NEAR(record_of(BalanceScope::sequence, 1.25).aux[AuxLoss::switch_balance], 1.25, 1e-6)
      << "as it was computed";
}

TEST(RoutingMeter, OneExpertHasNoEntropy) {
  RoutingMeter meter;
  meter.add({trace_of(at::zeros({3, 1}), at::zeros({3, 1}, at::kLong))}, losses_of(0.0));
  const LayerRecord record = meter.take().at(0);
  EXPECT_TRUE(std::isnan(record.token_entropy));
  EXPECT_TRUE(std::isnan(record.load_entropy));
  EXPECT_EQ(record.max_violation, 0);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
