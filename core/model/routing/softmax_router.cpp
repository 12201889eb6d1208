#include "core/model/routing/router.h"

namespace switchyard {

Routing route_softmax(const GateScores& scores, const RoutingContext& context) {
  Routing routing;
  routing.logits = scores.clean;
  routing.probs = at::softmax(scores.clean, -1);
  const bool noisy = !scores.noisy.is_same(scores.clean);
  const at::Tensor probs = noisy ? at::softmax(scores.noisy, -1) : routing.probs;
  routing.experts = context.forced.defined() ? context.forced : select_experts(scores, scores.noisy, context);
  routing.weights = context.gate == Gate::softmax_renormalised
                        ? at::softmax(scores.noisy.gather(-1, routing.experts), -1)
                        : probs.gather(-1, routing.experts);
  return routing;
}

}  // namespace switchyard
