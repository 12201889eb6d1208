// One span of an expert's rows forward and backward, in fp32 (experts.cpp). Tokens lie side by side in panels
// (panels.h), so weights are read where they are. Of the rows nothing is kept: the backward gathers them again.
//
// Where a processor does not multiply bf16 by itself this is bf16 too: rows are rounded once, in the pass that
// makes or gathers them, weights a strip at a time for each block of rows, and multiplied as fp32; the hidden
// layer is kept in bf16. Thread safety: spans of different rows and sums may run at once.
#pragma once

#include "core/model/functions/token_sums.h"
#include "core/model/kernels/panels.h"

namespace switchyard {

// What the backward needs of the hidden layer: [hidden, rows] in panels, expert by expert, so that an expert's panels are the same
// however its rows are shared out. h3 is undefined without a gate.
struct Fp32Kept {
  at::Tensor h1, h3;

  // type: fp32, or bf16, which means rounded operands.
  Fp32Kept(std::int64_t rows, std::int64_t hidden, bool gated, at::ScalarType type) : h1(at::empty({rows, hidden}, type)) {
    if (gated) h3 = at::empty({rows, hidden}, type);
  }
  Fp32Kept(const at::Tensor& h1_in, const at::Tensor& h3_in) : h1(h1_in), h3(h3_in) {}
  bool rounded() const { return h1.scalar_type() == at::kBFloat16; }
};

// Tokens done together.
std::int64_t fp32_rows(const Stack& weights, const DispatchPlan& plan, bool rounded);

// in [T, width] or, for the identity plan, the rows themselves; outputs: the tokens' sums.
void forward_span_fp32(const Span& span, const DispatchPlan& plan, const HiddenLayer& layer, const Stack& weights, const Matrix& in,
                       const Fp32Kept& kept, TokenSums& outputs);

struct Fp32SpanBackward {
  const DispatchPlan& plan;
  const HiddenLayer& layer;
  const Stack& weights;
  const Matrix in;
  const Fp32Kept kept;
  Matrix grad;
  TokenSums& grad_x;
  const float* combine;  // null: every weight is 1 and has no gradient
  float* grad_combine;

  // Overwrites the sums of matrices, adds to those of biases.
  void run(const Span& span, const Stack& sums, std::int64_t into) const;
};

}  // namespace switchyard
