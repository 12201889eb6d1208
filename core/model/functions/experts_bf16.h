// The experts' forward and backward with products in bf16 (bf16.h): every operand is rounded once, in the pass that
// makes or gathers it, and the hidden layer is done a few columns at a time, so that what passes between two products
// stays in the cache. Biases, activations, sums and results are fp32; the hidden layer is kept in bf16.
// Thread safety: pure functions of what they are given; spans of different rows may run at once.
#pragma once

#include "core/model/functions/expert_spans.h"

namespace switchyard {

// What the forward keeps of its rows.
struct Bf16Kept {
  at::Tensor xs, h1, h3;  // [rows + 15, d rounded up to 32] [rows, ff] [rows, ff]; h3 undefined without a gate

  Bf16Kept(std::int64_t rows, std::int64_t width, std::int64_t hidden, bool gated);
  Bf16Kept(const at::Tensor& xs_in, const at::Tensor& h1_in, const at::Tensor& h3_in) : xs(xs_in), h1(h1_in), h3(h3_in) {}
};

// outputs: row r that of the expert, before its weight; of the span's rows.
void forward_span_bf16(const Span& span, const DispatchPlan& plan, const HiddenLayer& layer, const Stack& weights, const Matrix& in,
                       const Bf16Kept& kept, const Matrix& outputs);

struct Bf16SpanBackward {
  const DispatchPlan& plan;
  const HiddenLayer& layer;
  const Stack& weights;
  const Bf16Kept& kept;
  Matrix grad, grad_xs;
  const float* combine;  // null: every weight is 1 and has no gradient
  float* grad_combine;

  void run(const Span& span, const Stack& sums, std::int64_t into) const;
};

}  // namespace switchyard
