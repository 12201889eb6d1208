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
                             const std::function<at::Tensor(const at::Tensor& noisy)>& choices) {
  Routing routing;
  routing.logits = scores.clean;
  routing.probs = at::softmax(scores.clean, -1);
  const auto planned = [&] {
    const at::Tensor banned = context.banned();
    if (!banned.defined()) return choices(scores.noisy);
    // The plan is one of those that are left, evenly.
    const at::Tensor allowed = banned.logical_not().nonzero().squeeze(1);
    return allowed.index_select(0, choices(scores.noisy.index_select(1, allowed)).flatten())
        .view({-1, context.top_k});
  };
  routing.experts = context.forced.defined() ? context.forced
                    : context.plans()        ? planned()
                                             : select_allowed(scores.noisy, context.top_k, context.banned());
  routing.weights = context.top_k == 1 ? at::sigmoid(scores.noisy.gather(-1, routing.experts))
                                       : at::softmax(scores.noisy, -1).gather(-1, routing.experts);
  return routing;
}

at::Tensor select_allowed(const at::Tensor& scores, std::int64_t k, const at::Tensor& banned) {
  if (!banned.defined()) return select_top_k(scores, k);
  return select_top_k(scores.detach().masked_fill(banned, -std::numeric_limits<double>::infinity()), k);
}

at::Tensor select_experts(const GateScores& scores, const at::Tensor& log_s, const RoutingContext& context) {
  const bool biased = scores.bias.defined();
  const at::Tensor banned = context.banned();
  if (!biased && context.groups == 1) return select_allowed(scores.noisy, context.top_k, banned);
  const at::Tensor log_plain = log_s.detach();
  const bool sigmoid = context.gate == Gate::sigmoid;
  const at::Tensor by =
      !biased ? scores.noisy.detach() : (sigmoid ? log_plain.exp() : at::softmax(log_plain, -1)) + scores.bias;
  if (context.groups == 1) return select_allowed(by, context.top_k, banned);

  const std::int64_t tokens = by.size(0), experts = by.size(1), size = experts / context.groups,
                     pair = std::min<std::int64_t>(2, size);
  const auto best_of_groups = [&](const at::Tensor& t) {
    return std::get<0>(t.reshape({tokens, context.groups, size}).topk(pair, -1));
  };
  // Without b a sum of two is as well ordered by its logarithm.
  const auto known = [&](const at::Tensor& t, double without) {
    return banned.defined() ? t.masked_fill(banned, without) : t;
  };
  const at::Tensor worth =
      biased ? best_of_groups(known(by, 0)).sum(-1)
             : at::logsumexp(best_of_groups(known(log_plain, -std::numeric_limits<double>::infinity())), -1);
  const at::Tensor kept = at::zeros({tokens, context.groups}, at::TensorOptions(at::kBool).device(by.device()))
                              .scatter(1, select_top_k(worth, context.groups_kept), true);
  const at::Tensor masked =
      by.reshape({tokens, context.groups, size})
          .masked_fill(kept.logical_not().unsqueeze(-1),
                       banned.defined() ? static_cast<double>(std::numeric_limits<float>::lowest())
                                        : -std::numeric_limits<double>::infinity());
  return select_allowed(masked.view({tokens, experts}), context.top_k, banned);
}

}  // namespace switchyard
