#include "core/model/aux_losses.h"

#include <gtest/gtest.h>

#include <cmath>

namespace switchyard {
namespace {

TEST(SwitchLoss, IsOneAtUniformLoad) {
  const at::Tensor probs = at::full({12, 4}, 0.25);
  EXPECT_NEAR(switch_loss(probs, {6, 6, 6, 6}).item<double>(), 1.0, 1e-6);
}

TEST(SwitchLoss, IsNOverKAtFullCollapse) {
  // Every token sure of experts 0 and 1, k = 2, N = 8: f = P = 1/2 on those.
  at::Tensor probs = at::zeros({10, 8});
  probs.narrow(1, 0, 2).fill_(0.5);
  EXPECT_NEAR(switch_loss(probs, {10, 10, 0, 0, 0, 0, 0, 0}).item<double>(), 8.0 / 2.0, 1e-6);
}

TEST(SwitchLoss, GradientIsTheLoadAndNothingElse) {
  const at::Tensor probs = at::rand({5, 3}).requires_grad_();
  switch_loss(probs, {1, 3, 6}).backward();
  // d/dp[t, i] = N f_i / T
  const at::Tensor row = torch::tensor({0.1F, 0.3F, 0.6F}) * (3.0 / 5.0);
  EXPECT_TRUE(at::allclose(probs.grad(), row.expand({5, 3})));
}

TEST(ZLoss, IsTheSquareOfLogNAtZeroLogits) {
  EXPECT_NEAR(z_loss(at::zeros({7, 8})).item<double>(), std::log(8.0) * std::log(8.0), 1e-5);
  EXPECT_NEAR(z_loss(at::full({7, 1}, 3.0)).item<double>(), 9.0, 1e-5);
}

TEST(ZLoss, GradientMatchesFiniteDifferences) {
  at::Generator generator = at::detail::createCPUGenerator(2);
  at::Tensor logits = at::empty({4, 3}).normal_(0, 2, generator).requires_grad_();
  z_loss(logits).backward();
  at::NoGradGuard no_grad;
  at::Tensor flat = logits.detach().view(-1);
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    const float kept = flat[i].item<float>();
    flat[i].fill_(kept + 1e-2);
    const double above = z_loss(logits).item<double>();
    flat[i].fill_(kept - 1e-2);
    const double below = z_loss(logits).item<double>();
    flat[i].fill_(kept);
    EXPECT_NEAR((above - below) / 2e-2, logits.grad().view(-1)[i].item<double>(), 1e-3);
  }
}

}  // namespace
}  // namespace switchyard
