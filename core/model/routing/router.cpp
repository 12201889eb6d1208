#include "core/model/routing/router.h"

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
    case Gate::base:
      return route_base(scores, context);
  }
  return route_softmax(scores, context);
}

Routing balanced_in_training(const GateScores& scores, const RoutingContext& context,
                             const std::function<at::Tensor()>& choices) {
  Routing routing;
  routing.logits = scores.clean;
  routing.probs = at::softmax(scores.clean, -1);
  routing.experts = context.forced.defined() ? context.forced
                    : context.training       ? choices()
                                             : select_top_k(scores.noisy, context.top_k);
  routing.weights = context.top_k == 1 ? at::sigmoid(scores.noisy.gather(-1, routing.experts))
                                       : at::softmax(scores.noisy, -1).gather(-1, routing.experts);
  return routing;
}

at::Tensor select_experts(const GateScores& scores, const at::Tensor& log_s, const RoutingContext& context) {
  const bool biased = scores.bias.defined();
  if (!biased && context.groups == 1) return select_top_k(scores.noisy, context.top_k);
  const at::Tensor log_plain = log_s.detach();
  const bool sigmoid = context.gate == Gate::sigmoid;
  const at::Tensor by =
      !biased ? scores.noisy.detach() : (sigmoid ? log_plain.exp() : at::softmax(log_plain, -1)) + scores.bias;
  if (context.groups == 1) return select_top_k(by, context.top_k);

  const std::int64_t tokens = by.size(0), experts = by.size(1), size = experts / context.groups,
                     pair = std::min<std::int64_t>(2, size);
  const auto best_of_groups = [&](const at::Tensor& t) {
    return std::get<0>(t.reshape({tokens, context.groups, size}).topk(pair, -1));
  };
  // Without b a sum of two is as well ordered by its logarithm.
  const at::Tensor worth = biased ? best_of_groups(by).sum(-1) : at::logsumexp(best_of_groups(log_plain), -1);
  const at::Tensor kept = at::zeros({tokens, context.groups}, at::TensorOptions(at::kBool).device(by.device()))
                              .scatter(1, select_top_k(worth, context.groups_kept), true);
  const at::Tensor masked =
      by.reshape({tokens, context.groups, size})
          .masked_fill(kept.logical_not().unsqueeze(-1), -std::numeric_limits<double>::infinity());
  return select_top_k(masked.view({tokens, experts}), context.top_k);
}

}  // namespace switchyard
