#include "core/model/attention.h"

#include "core/model/causal_attention.h"
#include "core/model/linear.h"

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

void Attention::visit(const ParameterVisitor& visitor) {
  for (Parameter* p : {&qkv_, &qkv_bias_, &out_, &out_bias_})
    if (p->value.defined()) visitor(*p);
}

}  // namespace switchyard
