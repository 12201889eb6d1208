#include "core/model/routing/router.h"

namespace switchyard {

// s / sum s is the softmax of log s: so no row is too far below 0 to have a sum.
Routing route_sigmoid(const GateScores& scores, const RoutingContext& context) {
  Routing routing;
  routing.logits = scores.clean;
  const at::Tensor clean = at::log_sigmoid(scores.clean);
  routing.probs = at::softmax(clean, -1);
  const at::Tensor log_s = scores.noisy.is_same(scores.clean) ? clean : at::log_sigmoid(scores.noisy);
  routing.experts = context.forced.defined() ? context.forced : select_experts(scores, log_s, context);
  routing.weights = at::softmax(log_s.gather(-1, routing.experts), -1) * context.route_scale;
  return routing;
}

}  // namespace switchyard
