// The same functions as linear.h, causal_attention.h and experts.h put together from torch's own operations, with
// torch's own backward: for tensors on other devices than the CPU, and a second opinion in tests.
//
// compute kBFloat16 rounds operands of products and keeps results in fp32. Thread safety: pure functions.
#pragma once

#include "core/model/base/torch.h"
#include "core/model/functions/dispatch.h"
#include "core/model/functions/expert_spans.h"

namespace switchyard::composed {

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, at::ScalarType compute);

at::Tensor causal_attention(const at::Tensor& qkv, std::int64_t heads, at::ScalarType compute);

// Stacked as in Experts; w3 and b3 undefined without a gate.
struct ExpertWeights {
  at::Tensor w1, b1, w3, b3, w2, b2;
};
// weights [T, k] or undefined: all 1.
at::Tensor experts(const at::Tensor& x, const at::Tensor& weights, const ExpertWeights& all, const DispatchPlan& plan,
                   const HiddenLayer& layer, at::ScalarType compute);

}  // namespace switchyard::composed
