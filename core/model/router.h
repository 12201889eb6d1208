// A router decides, for each token, which experts handle it and how much each counts. One gate a file
// behind this interface; definitions and traps of all of them: the header of each.
//
// Shapes: T tokens, N experts, k experts a token. Everything is fp32 whatever the model's precision.
// Selection carries no gradient; combine weights and probabilities do.
// Thread safety: as the model that holds it.
#pragma once

#include <memory>

#include "core/config/config.h"
#include "core/model/parameter.h"

namespace switchyard {

struct Routing {
  at::Tensor logits;   // [T, N] clean: losses and metrics use these
  at::Tensor probs;    // [T, N] softmax of the clean logits
  at::Tensor experts;  // [T, k] int64, best first; equal scores go to the lower id
  at::Tensor weights;  // [T, k] combine weights, set before capacity
};

// What a router needs from the pass it runs in.
struct RoutingContext {
  bool training = false;
  std::int64_t top_k = 1;
  Gate gate = Gate::softmax_renormalised;
  double noise_std = 0;         // logits; training only
  at::Generator noise;          // defined while training
};

class Router {
 public:
  virtual ~Router() = default;
  // x [T, d] -> a decision for every token.
  virtual Routing route(const at::Tensor& x, const RoutingContext& context) const = 0;
  virtual void visit(const ParameterVisitor& visitor) = 0;
};

// Indices [T, k] (int64) of the k largest of each row of scores [T, N] fp32, best first; ties go to the
// lower index, which at::topk does not promise.
at::Tensor select_top_k(const at::Tensor& scores, std::int64_t k);

}  // namespace switchyard
