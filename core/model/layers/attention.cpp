#include "core/model/layers/attention.h"

#include <cmath>

#include "core/model/functions/causal_attention.h"
#include "core/model/functions/linear.h"

namespace switchyard {

Attention::Attention(std::int64_t width, std::int64_t heads, bool bias, const std::string& prefix, const Initializer& init)
    : heads_(heads) {
  qkv_.name = prefix + "{}_proj.weight";
  qkv_.value = init.matrix({3 * width, width});
  qkv_.decays = true;
  if (bias) {
    qkv_bias_.name = prefix + "{}_proj.bias";
    qkv_bias_.value = init.constant({3 * width}, 0.0);
    out_bias_.name = prefix + "o_proj.bias";
    out_bias_.value = init.constant({width}, 0.0);
  }
  for (Parameter* p : {&qkv_, &qkv_bias_}) {
    p->exported = Parameter::Export::parts;
    p->parts = {"q", "k", "v"};
  }
  out_.name = prefix + "o_proj.weight";
  out_.value = init.matrix({width, width}, init.residual_gain);
  out_.decays = true;
}

at::Tensor Attention::forward(const at::Tensor& x, at::ScalarType compute) const {
  const at::Tensor qkv = linear(x, qkv_.value, qkv_bias_.value, compute);
  return linear(causal_attention(qkv, heads_, compute), out_.value, out_bias_.value, compute);
}

at::Tensor Attention::forward_last(const at::Tensor& past, const at::Tensor& rows, at::ScalarType compute) const {
  at::NoGradGuard no_grad;
  const std::int64_t width = rows.size(1), head = width / heads_, count = rows.size(0), before = past.size(0);
  const auto project = [&](const at::Tensor& x) {  // [3, H, n, head]
    return linear(x, qkv_.value, qkv_bias_.value, compute).view({x.size(0), 3, heads_, head}).permute({1, 2, 0, 3});
  };
  const at::Tensor own = project(rows);
  const double scale = 1.0 / std::sqrt(static_cast<double>(head));
  at::Tensor scores = (own[0] * own[1]).sum(-1, true) * scale;  // [H, S, 1]
  at::Tensor seen;
  if (before > 0) {
    seen = project(past);
    scores = at::cat({at::matmul(own[0], seen[1].transpose(-1, -2)) * scale, scores}, -1);
  }
  const at::Tensor probs = at::softmax(scores, -1);
  at::Tensor mixed = probs.narrow(-1, before, 1) * own[2];  // [H, S, head]
  if (before > 0) mixed = mixed + at::matmul(probs.narrow(-1, 0, before), seen[2]);
  return linear(mixed.permute({1, 0, 2}).reshape({count, width}), out_.value, out_bias_.value, compute);
}

void Attention::visit(const ParameterVisitor& visitor) {
  for (Parameter* p : {&qkv_, &qkv_bias_, &out_, &out_bias_})
    if (p->value.defined()) visitor(*p);
}

}  // namespace switchyard
