// What the experts' function is made of in any precision: the stacked parameters, and how rows are shared out over the
// threads.
// Thread safety: pure functions of what they are given.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/config/config.h"
#include "core/model/functions/dispatch.h"
#include "core/model/kernels/gemm.h"
#include "core/model/kernels/rows.h"

namespace switchyard {

inline std::unique_ptr<float[]> scratch(std::int64_t floats) {
  return std::unique_ptr<float[]>(new float[static_cast<std::size_t>(floats)]);
}

// The stacked parameters of all experts, or their gradients; w3 and b3 are null without a gate.
struct Stack {
  std::int64_t width = 0, hidden = 0;
  float *w1 = nullptr, *b1 = nullptr, *w3 = nullptr, *b3 = nullptr, *w2 = nullptr, *b2 = nullptr;

  Stack(const at::Tensor& w1_in, const at::Tensor& b1_in, const at::Tensor& w3_in, const at::Tensor& b3_in,
        const at::Tensor& w2_in, const at::Tensor& b2_in)
      : width(w1_in.size(2)), hidden(w1_in.size(1)) {
    const auto data = [](const at::Tensor& t) { return t.defined() ? t.data_ptr<float>() : nullptr; };
    w1 = data(w1_in), b1 = data(b1_in), w3 = data(w3_in), b3 = data(b3_in), w2 = data(w2_in), b2 = data(b2_in);
  }

  bool gated() const { return w3 != nullptr; }
  Matrix up(float* stack, std::int64_t e) const { return {stack + e * hidden * width, hidden, width, width}; }
  Matrix down(std::int64_t e) const { return {w2 + e * width * hidden, width, hidden, hidden}; }
};

// What of the hidden layer is dropped in training, a mask for each row of the plan.
struct RowMasks : torch::CustomClassHolder {
  std::vector<rows::DropMask> row;
};

// What happens in the hidden layer: the activation, and what of it is dropped.
struct HiddenLayer {
  ExpertKind kind = ExpertKind::swiglu;
  const rows::DropMask* masks = nullptr;  // [rows]; null: nothing is dropped

  const rows::DropMask& mask(std::int64_t row) const { return masks[row]; }
};

// A run of one expert's rows, done by one thread. `sums`: which gradients it adds to, the expert's own or,
// for the second and later parts of a split expert, a spare set.
struct Span {
  std::int64_t expert, begin, count, sums;
  std::int64_t place = 0;  // among all of them
};

// What a layer keeps for its backward, the output included; element: bytes of a number of the hidden layer.
std::int64_t kept_bytes(const Stack& weights, const DispatchPlan& plan, std::int64_t element);

// How many rows are done together: at most `most`, but so few that what the threads hold meanwhile stays below a
// fifth of what the layer keeps, or in their second-level caches; not less than 64 all the same. A multiple of 32,
// as `most` is, which is 64 or more.
struct BlockBytes {
  std::int64_t kept = 0;             // of the layer
  std::int64_t thread = 0, row = 0;  // operands, of a thread and of each of its rows
};
std::int64_t rows_of_block(const BlockBytes& bytes, std::int64_t width, std::int64_t most);

// Whole experts, the one with most rows first, but none much larger than a thread's fair share: those are
// split, at multiples of 32 rows from the expert's first.
std::vector<Span> shares_of(const DispatchPlan& plan);

}  // namespace switchyard
