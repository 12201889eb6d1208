#include "core/model/router.h"

namespace switchyard {

Routing route_random(const GateScores& scores, const RoutingContext& context) {
  Routing routing;
  const auto plain = scores.clean.options().requires_grad(false);
  if (context.forced.defined()) {
    routing.experts = context.forced;
  } else {
    const at::Tensor drawn = at::empty(scores.clean.sizes(), at::kFloat).uniform_(0.0, 1.0, context.noise);
    // The order of independent draws is a uniformly random one.
    routing.experts = select_top_k(drawn.to(plain.device()), context.top_k);
  }
  routing.weights = at::full(routing.experts.sizes(), 1.0 / static_cast<double>(context.top_k), plain);
  return routing;
}

}  // namespace switchyard
