#include "core/model/causal_attention.h"

#include <cmath>

#include "core/model/parallel.h"

namespace switchyard {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::Variable;
using torch::autograd::variable_list;

// out = a b, in place where the type allows.
void product(at::Tensor out, const at::Tensor& a, const at::Tensor& b, at::ScalarType compute) {
  if (compute == at::kFloat) at::mm_out(out, a, b);
  else out.copy_(at::mm(a.to(compute), b.to(compute)));
}

// Rows of scores [L, L] become softmax over columns 0 .. row, zero behind.
void causal_softmax(const at::Tensor& scores, float scale) {
  const std::int64_t length = scores.size(0);
  float* rows = scores.data_ptr<float>();
  for (std::int64_t i = 0; i < length; ++i) {
    float* row = rows + i * length;
    float top = row[0];
    for (std::int64_t j = 1; j <= i; ++j) top = std::max(top, row[j]);
    for (std::int64_t j = 0; j <= i; ++j) row[j] = (row[j] - top) * scale;
    for (std::int64_t j = i + 1; j < length; ++j) row[j] = -std::numeric_limits<float>::infinity();
  }
  at::Tensor all = scores;
  all.exp_();
  for (std::int64_t i = 0; i < length; ++i) {
    float* row = rows + i * length;
    float sum = 0;
    for (std::int64_t j = 0; j <= i; ++j) sum += row[j];
    for (std::int64_t j = 0; j <= i; ++j) row[j] /= sum;
  }
}

// dS = P * (dP - rowsum(dP * P)) * scale, in dP's place.
void softmax_backward(float* grad, const float* probs, std::int64_t length, float scale) {
  for (std::int64_t i = 0; i < length; ++i, grad += length, probs += length) {
    float dot = 0;
    for (std::int64_t j = 0; j <= i; ++j) dot += grad[j] * probs[j];
    for (std::int64_t j = 0; j < length; ++j) grad[j] = probs[j] * (grad[j] - dot) * scale;
  }
}

struct AttentionFunction : Function<AttentionFunction> {
  static Variable forward(AutogradContext* ctx, const at::Tensor& qkv_in, std::int64_t heads, at::ScalarType compute) {
    const at::Tensor qkv = qkv_in.contiguous();
    const std::int64_t batch = qkv.size(0), length = qkv.size(1), width = qkv.size(2) / 3, head = width / heads;
    const at::Tensor parts = qkv.detach().view({batch, length, 3, heads, head});
    const at::Tensor probs = at::empty({batch, heads, length, length}, qkv.options().requires_grad(false));
    const at::Tensor out = at::empty({batch, length, heads, head}, probs.options());
    const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(head)));
    parallel_tasks(batch * heads, [&](std::int64_t task) {
      const std::int64_t b = task / heads, h = task % heads;
      const auto part = [&](std::int64_t which) { return parts.select(0, b).select(1, which).select(1, h); };
      const at::Tensor p = probs.select(0, b).select(0, h);
      product(p, part(0), part(1).t(), compute);
      causal_softmax(p, scale);
      product(out.select(0, b).select(1, h), p, part(2), compute);
    });
    ctx->save_for_backward({qkv, probs});
    ctx->saved_data["heads"] = heads;
    ctx->saved_data["compute"] = compute;
    return out.view({batch, length, width});
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const std::int64_t heads = ctx->saved_data["heads"].toInt();
    const auto compute = ctx->saved_data["compute"].toScalarType();
    const at::Tensor qkv = saved[0].detach(), &probs = saved[1];
    const std::int64_t batch = qkv.size(0), length = qkv.size(1), width = qkv.size(2) / 3, head = width / heads;
    const at::Tensor parts = qkv.view({batch, length, 3, heads, head});
    const at::Tensor grad_out = grads[0].contiguous().view({batch, length, heads, head});
    const at::Tensor grad_qkv = at::empty_like(qkv);
    const at::Tensor grad_parts = grad_qkv.view({batch, length, 3, heads, head});
    const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(head)));
    parallel_tasks(batch * heads, [&](std::int64_t task) {
      const std::int64_t b = task / heads, h = task % heads;
      const auto part = [&](const at::Tensor& of, std::int64_t which) {
        return of.select(0, b).select(1, which).select(1, h);
      };
      const at::Tensor p = probs.select(0, b).select(0, h);
      const at::Tensor g = grad_out.select(0, b).select(1, h);
      product(part(grad_parts, 2), p.t(), g, compute);
      at::Tensor grad_scores = at::empty_like(p);
      product(grad_scores, g, part(parts, 2).t(), compute);
      softmax_backward(grad_scores.data_ptr<float>(), p.data_ptr<float>(), length, scale);
      product(part(grad_parts, 0), grad_scores, part(parts, 1), compute);
      product(part(grad_parts, 1), grad_scores.t(), part(parts, 0), compute);
    });
    return {grad_qkv, {}, {}};
  }
};

}  // namespace

at::Tensor causal_attention(const at::Tensor& qkv, std::int64_t heads, at::ScalarType compute) {
  return AttentionFunction::apply(qkv, heads, compute);
}

}  // namespace switchyard
