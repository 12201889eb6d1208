#include "core/model/linear.h"

#include <optional>

#include "core/model/bf16.h"
#include "core/model/composed.h"
#include "core/model/parallel.h"
#include "core/model/rows.h"

namespace switchyard {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::Variable;
using torch::autograd::variable_list;

constexpr std::int64_t kRowBlock = 128, kWeightBlock = 64;

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

// to (+)= from panels
void multiply_rows(const Matrix& to, const Matrix& from, const Bf16Panels& panels, Into into) {
  const Bf16Room room(Bf16Rows::size(from.rows, from.columns));
  const Bf16Rows rows = Bf16Rows::on(room.data(), from.rows, from.columns);
  pack(rows, from);
  multiply(to, rows, panels, into);
}

void forward_pass(const Matrix& y, const Matrix& x, const Matrix& weight, const float* bias, at::ScalarType compute) {
  const Into into = bias ? Into::add : Into::replace;
  std::optional<PackedPanels> packed;
  if (compute == at::kBFloat16) packed.emplace(weight.t());
  parallel_blocks(x.rows, kRowBlock, [&](std::int64_t begin, std::int64_t count) {
    const Matrix to = y.some_rows(begin, count), from = x.some_rows(begin, count);
    if (bias) fill_rows(to, bias);
    if (packed) multiply_rows(to, from, **packed, into);
    else gemm(to, from, weight.t(), into);
  });
}

// to_b, where there is one, comes as zeros.
void backward_pass(const Matrix& to_x, const Matrix& to_w, float* to_b, const Matrix& g, const Matrix& x, const Matrix& weight,
                   at::ScalarType compute) {
  std::optional<PackedPanels> packed_weight, packed_x;
  if (compute == at::kBFloat16) packed_weight.emplace(weight), packed_x.emplace(x);
  const std::int64_t weight_tasks = (weight.rows + kWeightBlock - 1) / kWeightBlock;
  const std::int64_t row_tasks = (g.rows + kRowBlock - 1) / kRowBlock;
  parallel_tasks(weight_tasks + row_tasks, [&](std::int64_t task) {
    if (task >= weight_tasks) {
      const std::int64_t begin = (task - weight_tasks) * kRowBlock, count = std::min(kRowBlock, g.rows - begin);
      if (packed_weight) multiply_rows(to_x.some_rows(begin, count), g.some_rows(begin, count), **packed_weight, Into::replace);
      else gemm(to_x.some_rows(begin, count), g.some_rows(begin, count), weight, Into::replace);
      return;
    }
    const std::int64_t begin = task * kWeightBlock, count = std::min(kWeightBlock, weight.rows - begin);
    const Matrix flipped = g.some_columns(begin, count).t();
    if (packed_x) multiply_rows(to_w.some_rows(begin, count), flipped, **packed_x, Into::replace);
    else gemm(to_w.some_rows(begin, count), flipped, x, Into::replace);
    if (to_b)
      for (std::int64_t r = 0; r < g.rows; ++r) rows::add_scaled(to_b + begin, g.row(r) + begin, 1.0F, count);
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
    backward_pass(matrix_of(grad_x), matrix_of(grad_w), grad_b.defined() ? grad_b.data_ptr<float>() : nullptr,
                  matrix_of(grad), matrix_of(input), matrix_of(w), ctx->saved_data["compute"].toScalarType());
    return {grad_x, grad_w, grad_b, {}};
  }
};

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, at::ScalarType compute) {
  if (!x.is_cpu()) return composed::linear(x, weight, bias, compute);
  return LinearFunction::apply(x, weight, bias.defined() ? c10::make_optional(bias) : c10::nullopt, compute);
}

}  // namespace switchyard
