#include "core/model/kernels/gemm.h"

#include <gtest/gtest.h>

#include "core/model/functions/linear.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

at::Tensor random_tensor(at::IntArrayRef shape, const at::Generator& generator) {
  return at::empty(shape).normal_(0, 1, generator);
}

// Every operand is a window inside a larger matrix, so that a wrong stride or a write outside shows.
class EveryOrientation : public ::testing::TestWithParam<std::tuple<bool, bool, Into, at::ScalarType>> {};

TEST_P(EveryOrientation, EqualsTorchAndWritesNothingElse) {
  const auto [flip_a, flip_b, into, compute] = GetParam();
  const auto generator = at::detail::createCPUGenerator(3);
  constexpr std::int64_t m = 7, k = 5, n = 9;
  const at::Tensor a = random_tensor({12, 12}, generator), b = random_tensor({12, 12}, generator);
  at::Tensor out = random_tensor({12, 12}, generator);
  const auto window = [](const at::Tensor& t, std::int64_t rows, std::int64_t columns) {
    return matrix_of(t).some_rows(2, rows).some_columns(1, columns);
  };
  const auto part = [](const at::Tensor& t, std::int64_t rows, std::int64_t columns) {
    return t.narrow(0, 2, rows).narrow(1, 1, columns);
  };
  const at::Tensor left = flip_a ? part(a, k, m).t() : part(a, m, k), right = flip_b ? part(b, n, k).t() : part(b, k, n);
  at::Tensor wanted = out.clone();
  part(wanted, m, n).copy_(left.mm(right) + (into == Into::add ? part(out, m, n) : at::zeros({m, n})));

  gemm(window(out, m, n), flip_a ? window(a, k, m).t() : window(a, m, k), flip_b ? window(b, n, k).t() : window(b, k, n),
       into, compute);
  const at::Tensor error = (out - wanted).abs();
  EXPECT_LT(error.max().item<double>(), compute == at::kFloat ? 1e-5 : 6e-2);
  at::Tensor outside = error.clone();
  part(outside, m, n).zero_();
  EXPECT_EQ(outside.max().item<double>(), 0.0);
}

INSTANTIATE_TEST_SUITE_P(All, EveryOrientation,
                         ::testing::Combine(::testing::Bool(), ::testing::Bool(), ::testing::Values(Into::replace, Into::add),
                                            ::testing::Values(at::kFloat, at::kBFloat16)));

TEST(Gemm, WindowsOfAFlippedMatrixAreThoseOfItsTranspose) {
  const at::Tensor a = at::arange(24, at::kFloat).view({4, 6}), one = at::eye(2);
  at::Tensor out = at::empty({2, 2});
  gemm(matrix_of(out), matrix_of(a).t().some_rows(3, 2).some_columns(1, 2), matrix_of(one));
  EXPECT_TRUE(out.equal(a.t().narrow(0, 3, 2).narrow(1, 1, 2)));
}

class LinearShapes : public ::testing::TestWithParam<std::tuple<std::int64_t, std::int64_t, bool, at::ScalarType>> {};

// More rows and outputs than a block, and numbers of both that blocks do not divide.
TEST_P(LinearShapes, OutputAndGradientsEqualTorchs) {
  const auto [rows, outputs, biased, compute] = GetParam();
  const at::ScalarType type = compute;
  const auto generator = at::detail::createCPUGenerator(5);
  constexpr std::int64_t inputs = 33;
  const at::Tensor mix = random_tensor({rows, outputs}, generator);
  std::vector<at::Tensor> leaves{random_tensor({rows, inputs}, generator), random_tensor({outputs, inputs}, generator)};
  if (biased) leaves.push_back(random_tensor({outputs}, generator));
  const auto run = [&](bool ours) {
    for (at::Tensor& leaf : leaves) leaf = leaf.detach().clone().requires_grad_();
    const at::Tensor bias = biased ? leaves[2] : at::Tensor();
    const at::Tensor y = ours ? linear(leaves[0], leaves[1], bias, type) : at::linear(leaves[0], leaves[1], bias);
    (y * mix).sum().backward();
    std::vector<at::Tensor> results{y.detach()};
    for (const at::Tensor& leaf : leaves) results.push_back(leaf.grad());
    return results;
  };
  const auto got = run(true), wanted = run(false);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_LT((got[i] - wanted[i]).abs().max().item<double>() / wanted[i].abs().max().item<double>(), type == at::kFloat ? 1e-5 : 1.5e-2)
        << i;
}

INSTANTIATE_TEST_SUITE_P(All, LinearShapes,
                         ::testing::Combine(::testing::Values(1, 128, 300), ::testing::Values(1, 64, 150), ::testing::Bool(),
                                            ::testing::Values(at::kFloat, at::kBFloat16)));

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
