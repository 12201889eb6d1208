#include "core/model/router.h"

namespace switchyard {

Routing route(const GateScores& scores, const RoutingContext& context) {
  switch (context.gate) {
    case Gate::softmax_renormalised:
    case Gate::softmax: break;
    case Gate::sigmoid: return route_sigmoid(scores, context);
    case Gate::sinkhorn: return route_sinkhorn(scores, context);
    case Gate::expert_choice: return route_expert_choice(scores, context);
    case Gate::hash: return route_hash(scores, context);
    case Gate::soft: break;
    case Gate::random: return route_random(scores, context);
  }
  return route_softmax(scores, context);
}

at::Tensor select_in_groups(const at::Tensor& scores, const RoutingContext& context) {
  if (context.groups == 1) return select_top_k(scores, context.top_k);
  const at::Tensor plain = scores.detach().contiguous();
  const std::int64_t tokens = plain.size(0), experts = plain.size(1), size = experts / context.groups;
  const at::Tensor grouped = plain.view({tokens, context.groups, size});
  const at::Tensor worth = std::get<0>(grouped.topk(std::min<std::int64_t>(2, size), -1)).sum(-1);
  const at::Tensor kept = at::zeros({tokens, context.groups}, at::TensorOptions(at::kBool).device(plain.device()))
                              .scatter(1, select_top_k(worth, context.groups_kept), true);
  const at::Tensor masked = grouped.masked_fill(kept.logical_not().unsqueeze(-1), -std::numeric_limits<double>::infinity());
  return select_top_k(masked.view({tokens, experts}), context.top_k);
}

}  // namespace switchyard
