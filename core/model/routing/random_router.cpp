#include "core/model/routing/router.h"

namespace switchyard {

Routing route_random(const GateScores& scores, const RoutingContext& context) {
  Routing routing;
  const auto plain = scores.clean.options().requires_grad(false);
  if (context.forced.defined()) {
    routing.experts = context.forced;
  } else {
    const at::Tensor drawn =
        context.training
            ? uniform_draws(context.draws, "random gate", scores.clean.size(0), scores.clean.size(1))
            : at::rand(scores.clean.sizes(),
                       at::detail::createCPUGenerator(static_cast<std::uint64_t>(context.draws.layer)));
    // The order of independent draws is a uniformly random one.
    routing.experts = select_allowed(drawn.to(plain.device()), context.top_k, context.banned());
  }
  routing.weights = at::full(routing.experts.sizes(), 1.0 / static_cast<double>(context.top_k), plain);
  return routing;
}

}  // namespace switchyard
