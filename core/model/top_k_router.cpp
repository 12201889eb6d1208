#include "core/model/top_k_router.h"

#include "core/model/linear.h"

namespace switchyard {

TopKRouter::TopKRouter(std::int64_t experts, std::int64_t width, const std::string& prefix, const Initializer& init) {
  gate_.name = prefix + "gate.weight";
  gate_.value = init.normal({experts, width}, 0.02);
  gate_.per_expert = true;
  gate_.decays = true;
}

Routing TopKRouter::route(const at::Tensor& x, const RoutingContext& context) const {
  Routing routing;
  routing.logits = linear(x, gate_.value, {}, at::kFloat);
  routing.probs = at::softmax(routing.logits, -1);
  at::Tensor scores = routing.logits;
  const bool noisy = context.training && context.noise_std > 0;
  if (noisy) scores = scores + at::empty_like(scores).normal_(0.0, context.noise_std, context.noise);
  routing.experts = select_top_k(scores, context.top_k);
  if (context.gate == Gate::softmax_renormalised)
    routing.weights = at::softmax(scores.gather(-1, routing.experts), -1);
  else
    routing.weights = (noisy ? at::softmax(scores, -1) : routing.probs).gather(-1, routing.experts);
  return routing;
}

void TopKRouter::visit(const ParameterVisitor& visitor) { visitor(gate_); }

}  // namespace switchyard
