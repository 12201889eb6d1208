// y = x W^T + b with W [out, in], in the precision of the forward pass: fp32, or bf16 products with fp32
// masters, the result in fp32.
#pragma once

#include "core/model/base/torch.h"

namespace switchyard {

// x [..., in], weight [out, in] fp32, bias [out] fp32 or undefined. Differentiable.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, at::ScalarType compute);

}  // namespace switchyard
