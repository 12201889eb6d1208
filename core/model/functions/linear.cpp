#include "core/model/functions/linear.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "core/model/functions/composed.h"
#include "core/model/kernels/bf16.h"
#include "core/model/kernels/gemm.h"
#include "core/model/kernels/parallel.h"
#include "core/model/kernels/rows.h"

namespace switchyard {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::Variable;
using torch::autograd::variable_list;

constexpr std::int64_t kRowBlock = 128, kWeightBlock = 64;

// An operand rounded to bf16, for a product in fp32: where a processor does not multiply bf16 by itself.
class RoundedCopy {
 public:
  explicit RoundedCopy(const Matrix& from)
      : room_(new float[static_cast<std::size_t>(from.rows * from.columns)]), matrix_{room_.get(), from.rows, from.columns, from.columns} {
    parallel_blocks(from.rows, kRowBlock, [&](std::int64_t begin, std::int64_t count) {
      for (std::int64_t r = begin; r < begin + count; ++r)
        rows::round_into(matrix_.row(r), from.row(r), from.columns);
    });
  }
  const Matrix& operator*() const { return matrix_; }

 private:
  std::unique_ptr<float[]> room_;
  Matrix matrix_;
};

// A whole operand, packed a strip of 64 columns a task.
class PackedPanels {
 public:
  explicit PackedPanels(const Matrix& from)
      : room_(Bf16Panels::size(from.rows, from.columns)), panels_(Bf16Panels::on(room_.data(), from.rows, from.columns)) {
    parallel_blocks(from.columns, kWeightBlock, [&](std::int64_t begin, std::int64_t count) {
      pack(panels_.some_columns(begin, count), from.some_columns(begin, count));
    });
  }
  const Bf16Panels& operator*() const { return panels_; }

 private:
  Bf16Room room_;
  Bf16Panels panels_;
};

void forward_pass(const Matrix& y, const Matrix& x, const Matrix& weight, const float* bias, at::ScalarType compute) {
  const Into into = bias ? Into::add : Into::replace;
  std::optional<PackedPanels> packed;
  std::optional<RoundedCopy> rounded;
  if (compute == at::kBFloat16) bf16_unit() == Bf16Unit::any ? void(rounded.emplace(weight)) : void(packed.emplace(weight.t()));
  parallel_blocks(x.rows, kRowBlock, [&](std::int64_t begin, std::int64_t count) {
    const Matrix to = y.some_rows(begin, count), from = x.some_rows(begin, count);
    if (bias) fill_rows(to, bias);
    if (packed) multiply(to, Bf16Shelf(Bf16Rows::size(count, x.columns)).packed_rows(from), **packed, into);
    else if (rounded) gemm(to, *RoundedCopy(from), (**rounded).t(), into);
    else gemm(to, from, weight.t(), into);
  });
}

// A bias's gradients may all but cancel: what is left of a sum in fp32 is then its rounding.
void add_rows(float* to, const Matrix& from) {
  std::array<double, kWeightBlock> sums{};
  for (std::int64_t r = 0; r < from.rows; ++r) {
    const float* row = from.row(r);
    for (std::int64_t c = 0; c < from.columns; ++c)
      sums[static_cast<std::size_t>(c)] += static_cast<double>(row[c]);
  }
  for (std::int64_t c = 0; c < from.columns; ++c) to[c] += static_cast<float>(sums[static_cast<std::size_t>(c)]);
}

// Tasks of two kinds: the gradient of 64 of W's rows and their biases, or that of 128 of x's rows.
template <class Weights, class Inputs>
void in_both_directions(std::int64_t outputs, std::int64_t rows, const Weights& weights, const Inputs& inputs) {
  const std::int64_t weight_tasks = (outputs + kWeightBlock - 1) / kWeightBlock;
  parallel_tasks(weight_tasks + (rows + kRowBlock - 1) / kRowBlock, [&](std::int64_t task) {
    if (task < weight_tasks) {
      weights(task * kWeightBlock, std::min(kWeightBlock, outputs - task * kWeightBlock));
    } else {
      const std::int64_t begin = (task - weight_tasks) * kRowBlock;
      inputs(begin, std::min(kRowBlock, rows - begin));
    }
  });
}

// to_b, where there is one, comes as zeros; it is the sum of g, the others are products of the factors.
struct Factors {
  Matrix g, x, weight;
};
void backward_pass(const Matrix& to_x, const Matrix& to_w, float* to_b, const Matrix& g, const Factors& of) {
  in_both_directions(
      of.weight.rows, g.rows,
      [&](std::int64_t begin, std::int64_t count) {
        gemm(to_w.some_rows(begin, count), of.g.some_columns(begin, count).t(), of.x);
        if (to_b) add_rows(to_b + begin, g.some_columns(begin, count));
      },
      [&](std::int64_t begin, std::int64_t count) { gemm(to_x.some_rows(begin, count), of.g.some_rows(begin, count), of.weight); });
}

void backward_pass_bf16(const Matrix& to_x, const Matrix& to_w, float* to_b, const Matrix& g, const Matrix& x,
                        const Matrix& weight) {
  const PackedPanels by(weight), inputs(x);
  const Bf16Room room(Bf16Rows::size(g.rows, g.columns));
  const Bf16Rows upstream = Bf16Rows::on(room.data(), g.rows, g.columns);
  parallel_blocks(g.rows, kRowBlock, [&](std::int64_t begin, std::int64_t count) {
    pack(upstream.some_rows(begin, count), g.some_rows(begin, count));
  });
  in_both_directions(
      weight.rows, g.rows,
      [&](std::int64_t begin, std::int64_t count) {
        Bf16Shelf shelf(Bf16Rows::size(count, g.rows));
        const Bf16Rows flipped = shelf.packed_rows(upstream.matrix().some_columns(begin, count).t());
        multiply(to_w.some_rows(begin, count), flipped, *inputs, Into::replace);
        if (to_b) add_rows(to_b + begin, g.some_columns(begin, count));
      },
      [&](std::int64_t begin, std::int64_t count) {
        multiply(to_x.some_rows(begin, count), upstream.some_rows(begin, count), *by, Into::replace);
      });
}

struct LinearFunction : Function<LinearFunction> {
  static Variable forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                          const c10::optional<at::Tensor>& bias, at::ScalarType compute) {
    const at::Tensor input = x.detach().contiguous(), w = weight.detach();
    std::vector<std::int64_t> shape = input.sizes().vec();
    shape.back() = w.size(0);
    const at::Tensor y = at::empty(shape, input.options());
    forward_pass(matrix_of(y), matrix_of(input), matrix_of(w), bias ? bias->data_ptr<float>() : nullptr, compute);
    ctx->save_for_backward({input, weight});
    ctx->saved_data["bias"] = bias.has_value();
    ctx->saved_data["compute"] = compute;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor grad = grads[0].contiguous(), &input = saved[0], w = saved[1].detach();
    const at::Tensor grad_x = at::empty_like(input), grad_w = at::empty_like(w);
    const at::Tensor grad_b = ctx->saved_data["bias"].toBool() ? at::zeros({w.size(0)}, w.options()) : at::Tensor();
    const bool rounded = ctx->saved_data["compute"].toScalarType() == at::kBFloat16;
    const Matrix to_x = matrix_of(grad_x), to_w = matrix_of(grad_w), g = matrix_of(grad), x = matrix_of(input), by = matrix_of(w);
    float* const to_b = grad_b.defined() ? grad_b.data_ptr<float>() : nullptr;
    if (!rounded) backward_pass(to_x, to_w, to_b, g, {g, x, by});
    else if (bf16_unit() == Bf16Unit::any) backward_pass(to_x, to_w, to_b, g, {*RoundedCopy(g), *RoundedCopy(x), *RoundedCopy(by)});
    else backward_pass_bf16(to_x, to_w, to_b, g, x, by);
    return {grad_x, grad_w, grad_b, {}};
  }
};

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, at::ScalarType compute) {
  if (!x.is_cpu()) return composed::linear(x, weight, bias, compute);
  return LinearFunction::apply(x, weight, bias.defined() ? c10::make_optional(bias) : c10::nullopt, compute);
}

}  // namespace switchyard
