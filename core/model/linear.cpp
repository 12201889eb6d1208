#include "core/model/linear.h"

#include <cstring>

#include "core/model/gemm.h"
#include "core/model/parallel.h"
#include "core/model/rows.h"

namespace switchyard {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::Variable;
using torch::autograd::variable_list;

constexpr std::int64_t kRowBlock = 128, kWeightBlock = 64;

struct LinearFunction : Function<LinearFunction> {
  static Variable forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                          const c10::optional<at::Tensor>& bias, at::ScalarType compute) {
    const at::Tensor input = x.detach().contiguous(), w = weight.detach();
    std::vector<std::int64_t> shape = input.sizes().vec();
    shape.back() = w.size(0);
    const at::Tensor y = at::empty(shape, input.options());
    const Matrix in = matrix_of(input), to = matrix_of(y), by = matrix_of(w);
    const float* b = bias ? bias->data_ptr<float>() : nullptr;
    parallel_blocks(in.rows, kRowBlock, [&](std::int64_t begin, std::int64_t count) {
      if (b)
        for (std::int64_t r = begin; r < begin + count; ++r)
          std::memcpy(to.row(r), b, sizeof(float) * static_cast<std::size_t>(to.columns));
      gemm(to.some_rows(begin, count), in.some_rows(begin, count), by.t(), b ? Into::add : Into::replace, compute);
    });
    ctx->save_for_backward({input, weight});
    ctx->saved_data["bias"] = bias.has_value();
    ctx->saved_data["compute"] = compute;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor grad = grads[0].contiguous(), &input = saved[0], w = saved[1].detach();
    const auto compute = ctx->saved_data["compute"].toScalarType();
    const at::Tensor grad_x = at::empty_like(input), grad_w = at::empty_like(w);
    const at::Tensor grad_b = ctx->saved_data["bias"].toBool() ? at::zeros({w.size(0)}, w.options()) : at::Tensor();
    const Matrix g = matrix_of(grad), x = matrix_of(input), by = matrix_of(w), to_x = matrix_of(grad_x), to_w = matrix_of(grad_w);
    float* to_b = grad_b.defined() ? grad_b.data_ptr<float>() : nullptr;
    const std::int64_t weight_tasks = (by.rows + kWeightBlock - 1) / kWeightBlock;
    const std::int64_t row_tasks = (g.rows + kRowBlock - 1) / kRowBlock;
    parallel_tasks(weight_tasks + row_tasks, [&](std::int64_t task) {
      if (task >= weight_tasks) {
        const std::int64_t begin = (task - weight_tasks) * kRowBlock, count = std::min(kRowBlock, g.rows - begin);
        gemm(to_x.some_rows(begin, count), g.some_rows(begin, count), by, Into::replace, compute);
        return;
      }
      const std::int64_t begin = task * kWeightBlock, count = std::min(kWeightBlock, by.rows - begin);
      gemm(to_w.some_rows(begin, count), g.some_columns(begin, count).t(), x, Into::replace, compute);
      if (to_b)
        for (std::int64_t r = 0; r < g.rows; ++r) rows::add_scaled(to_b + begin, g.row(r) + begin, 1.0F, count);
    });
    return {grad_x, grad_w, grad_b, {}};
  }
};

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, at::ScalarType compute) {
  return LinearFunction::apply(x, weight, bias.defined() ? c10::make_optional(bias) : c10::nullopt, compute);
}

}  // namespace switchyard
