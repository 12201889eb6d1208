#include "core/model/layers/norm.h"

namespace switchyard {

Norm::Norm(NormKind kind, std::int64_t width, const std::string& prefix, const Initializer& init) {
  weight_.name = prefix + ".weight";
  weight_.value = init.constant({width}, 1.0);
  if (kind == NormKind::rmsnorm) return;
  bias_.name = prefix + ".bias";
  bias_.value = init.constant({width}, 0.0);
}

at::Tensor Norm::forward(const at::Tensor& x) const {
  if (!bias_.value.defined()) return x * (x.square().mean(-1, true) + 1e-5).rsqrt() * weight_.value;
  return at::layer_norm(x, {x.size(-1)}, weight_.value, bias_.value, 1e-5);
}

void Norm::visit(const ParameterVisitor& visitor) {
  visitor(weight_);
  if (bias_.value.defined()) visitor(bias_);
}

}  // namespace switchyard
