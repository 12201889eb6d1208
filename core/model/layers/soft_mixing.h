// Soft mixture of experts (Puigcerver 2023, 2308.00951): every expert computes `slots` mixtures of all tokens of a
// sequence, and every token is a mixture of all that came out. Nothing is chosen, nothing dropped; every token
// sees every other, so it is not causal.
//
//   l = scale <x / |x|, phi / |phi|>     [S, N p]
//   slots = softmax over tokens of l, transposed, times x;   y = softmax over slots of l, times what experts made
//
// Thread safety: as the model that holds it.
#pragma once

#include <string>

#include "core/model/base/parameter.h"
#include "core/model/functions/experts.h"
#include "core/model/routing/router.h"

namespace switchyard {

class SoftMixing {
 public:
  SoftMixing(std::int64_t experts, std::int64_t slots, std::int64_t width, const std::string& prefix, const Initializer& init);

  struct Mixed {
    at::Tensor y;  // [T, d]
    // For figures, without gradient: probs [T, N] is each expert's share of a token's mixture; experts and weights the k
    // largest shares; logits [T, N p].
    Routing routing;
  };
  // x [T, d]; context.sequences groups of equal length.
  Mixed forward(const at::Tensor& x, const Experts& experts, const RoutingContext& context, const ExpertPass& pass) const;
  void visit(const ParameterVisitor& visitor);

 private:
  Parameter slots_, scale_;  // phi [N, p, d] and [1]
};

}  // namespace switchyard
