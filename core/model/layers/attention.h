// Causal multi-head self-attention, softmax(q k^T / sqrt(d_head)) v (Vaswani 2017).
// Thread safety: as the model that holds it.
#pragma once

#include "core/model/base/parameter.h"

namespace switchyard {

class Attention {
 public:
  Attention(std::int64_t width, std::int64_t heads, bool bias, const std::string& prefix, const Initializer& init);
  // x [B, L, d] -> [B, L, d].
  at::Tensor forward(const at::Tensor& x, at::ScalarType compute) const;
  // Rows [S, d] that each stand alone behind the same past [P, d], P >= 0: what forward() gives for the last of P + 1.
  // No gradient.
  at::Tensor forward_last(const at::Tensor& past, const at::Tensor& rows, at::ScalarType compute) const;
  void visit(const ParameterVisitor& visitor);

 private:
  std::int64_t heads_;
  Parameter qkv_, qkv_bias_, out_, out_bias_;  // [3 d, d] [3 d] [d, d] [d]; biases may be absent
};

}  // namespace switchyard
