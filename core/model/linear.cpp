#include "core/model/linear.h"

namespace switchyard {

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, at::ScalarType compute) {
  if (compute == at::kFloat) return at::linear(x, weight, bias);
  at::Tensor y = at::matmul(x.to(compute), weight.to(compute).t()).to(at::kFloat);
  return bias.defined() ? y + bias : y;
}

}  // namespace switchyard
