#include "core/model/functions/causal_attention.h"

#include <gtest/gtest.h>

#include <cmath>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

// By the definition, with torch's own operations and autograd.
at::Tensor reference(const at::Tensor& qkv, std::int64_t heads) {
  const std::int64_t batch = qkv.size(0), length = qkv.size(1), width = qkv.size(2) / 3, head = width / heads;
  const at::Tensor parts = qkv.view({batch, length, 3, heads, head}).permute({2, 0, 3, 1, 4});
  at::Tensor scores = parts[0].matmul(parts[1].transpose(-1, -2)) / std::sqrt(static_cast<double>(head));
  const at::Tensor later = at::ones({length, length}, at::kBool).triu(1);
  scores = scores.masked_fill(later, -std::numeric_limits<double>::infinity());
  return at::softmax(scores, -1).matmul(parts[2]).transpose(1, 2).reshape({batch, length, width});
}

class CausalAttention : public ::testing::TestWithParam<std::int64_t> {};

// Lengths below, at and past the size of a block of rows.
TEST_P(CausalAttention, OutputAndGradientEqualTheDefinition) {
  const std::int64_t length = GetParam(), heads = 3, width = 15;
  const auto generator = at::detail::createCPUGenerator(11);
  const at::Tensor mix = at::empty({2, length, width}).normal_(0, 1, generator);
  const at::Tensor start = at::empty({2, length, 3 * width}).normal_(0, 1.5, generator);
  const auto run = [&](const auto& attention) {
    const at::Tensor qkv = start.clone().requires_grad_();
    const at::Tensor y = attention(qkv);
    (y * mix).sum().backward();
    return std::make_pair(y.detach(), qkv.grad());
  };
  const auto [y, grad] = run([&](const at::Tensor& qkv) { return causal_attention(qkv, heads, at::kFloat); });
  const auto [wanted_y, wanted_grad] = run([&](const at::Tensor& qkv) { return reference(qkv, heads); });
  EXPECT_LT((y - wanted_y).abs().max().item<double>(), 1e-5);
  EXPECT_LT((grad - wanted_grad).abs().max().item<double>(), 2e-5);
}

TEST_P(CausalAttention, InBf16StaysNearFp32) {
  const std::int64_t length = GetParam(), heads = 3, width = 15;
  const auto generator = at::detail::createCPUGenerator(12);
  const at::Tensor mix = at::empty({2, length, width}).normal_(0, 1, generator);
  const at::Tensor start = at::empty({2, length, 3 * width}).normal_(0, 1, generator);
  const auto run = [&](at::ScalarType compute) {
    const at::Tensor qkv = start.clone().requires_grad_();
    const at::Tensor y = causal_attention(qkv, heads, compute);
    (y * mix).sum().backward();
    return std::make_pair(y.detach(), qkv.grad());
  };
  const auto [y, grad] = run(at::kBFloat16);
  const auto [wanted_y, wanted_grad] = run(at::kFloat);
  EXPECT_LT(((y - wanted_y).norm() / wanted_y.norm()).item<double>(), 1e-2);
  EXPECT_LT(((grad - wanted_grad).norm() / wanted_grad.norm()).item<double>(), 2e-2);
}

INSTANTIATE_TEST_SUITE_P(Lengths, CausalAttention, ::testing::Values(1, 5, 64, 65, 150));

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
