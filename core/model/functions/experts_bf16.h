// The experts' forward and backward with products in bf16 (bf16.h): rows are rounded once, in the pass that
// makes or gathers them, weights a strip at a time for each block of rows, and the hidden layer is done a few
// columns at a time, so that what passes between two products stays in the cache. Biases, activations, sums and
// results are fp32; the hidden layer is kept in bf16. Of the rows nothing is kept. Thread safety: pure functions
// of what they are given; spans of different rows may run at once.
#pragma once

#include "core/model/functions/token_sums.h"
#include "core/model/kernels/bf16.h"

namespace switchyard {

// What the forward keeps of the hidden layer; h3 is undefined without a gate.
struct Bf16Kept {
  at::Tensor h1, h3;  // [rows, ff]

  Bf16Kept(std::int64_t rows, std::int64_t hidden, bool gated) : h1(at::empty({rows, hidden}, at::kBFloat16)) {
    if (gated) h3 = at::empty({rows, hidden}, at::kBFloat16);
  }
  Bf16Kept(const at::Tensor& h1_in, const at::Tensor& h3_in) : h1(h1_in), h3(h3_in) {}
};

// Rows done together. In AMX the more the better, by a tenth from 256 to 512: the seldomer is a sum of the
// weights' gradients fetched.
std::int64_t bf16_rows(const Stack& weights, const DispatchPlan& plan);

// in [T, width] or, for the identity plan, the rows themselves; outputs: the tokens' sums.
void forward_span_bf16(const Span& span, const DispatchPlan& plan, const HiddenLayer& layer, const Stack& weights, const Matrix& in,
                       const Bf16Kept& kept, TokenSums& outputs);

struct Bf16SpanBackward {
  const DispatchPlan& plan;
  const HiddenLayer& layer;
  const Stack& weights;
  const Matrix in;
  const Bf16Kept kept;
  Matrix grad;
  TokenSums& grad_x;
  const float* combine;  // null: every weight is 1 and has no gradient
  float* grad_combine;

  void run(const Span& span, const Stack& sums, std::int64_t into) const;
};

}  // namespace switchyard
