#include "core/model/router.h"

namespace switchyard {
namespace {

// Keeps a row of scores that all round to 0 from dividing by it.
constexpr double kTiny = 1e-20;

}  // namespace

Routing route_sigmoid(const GateScores& scores, const RoutingContext& context) {
  Routing routing;
  routing.logits = scores.clean;
  const at::Tensor clean = at::sigmoid(scores.clean);
  routing.probs = clean / (clean.sum(-1, true) + kTiny);
  const at::Tensor s = scores.noisy.is_same(scores.clean) ? clean : at::sigmoid(scores.noisy);
  routing.experts = context.forced.defined() ? context.forced : select_in_groups(scores.bias.defined() ? s.detach() + scores.bias : s, context);
  const at::Tensor chosen = s.gather(-1, routing.experts);
  routing.weights = chosen / (chosen.sum(-1, true) + kTiny) * context.route_scale;
  return routing;
}

}  // namespace switchyard
