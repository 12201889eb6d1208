#include <cmath>

#include "core/model/routing/router.h"

namespace switchyard {
namespace {

constexpr int kIterations = 100;
constexpr double kTolerance = 1e-3;
constexpr double kFar = 1e30;

// log of the transport plan from T tokens of mass 1/T to N experts of mass 1/N that is nearest to exp(logits)
// (Cuturi 2013), in the log domain.
at::Tensor log_plan(const at::Tensor& logits) {
  const double log_tokens = std::log(static_cast<double>(logits.size(0)));
  const double log_experts = std::log(static_cast<double>(logits.size(1)));
  // An expert that every token rules out has no mass to share out: it keeps as good as none, and the others
  // theirs.
  at::Tensor plan = logits.detach().clamp(-kFar, kFar);
  for (int i = 0; i < kIterations; ++i) {
    plan = plan - at::logsumexp(plan, 1, true) - log_tokens;
    const at::Tensor columns = at::logsumexp(plan, 0, true) + log_experts;
    // To look at the plan is to wait for the device; a few more rounds cost it less.
    if (!columns.is_cpu() && i % 10 != 9) {
      plan = plan - columns;
      continue;
    }
    if (columns.exp().sub_(1).abs().max().item<double>() < kTolerance) break;
    plan = plan - columns;
  }
  return plan;
}

}  // namespace

Routing route_sinkhorn(const GateScores& scores, const RoutingContext& context) {
  Routing routing;
  routing.logits = scores.clean;
  routing.probs = at::softmax(scores.clean, -1);
  routing.experts = context.forced.defined() ? context.forced : select_top_k(context.training ? log_plan(scores.noisy) : scores.noisy, context.top_k);
  routing.weights = context.top_k == 1 ? at::sigmoid(scores.noisy.gather(-1, routing.experts))
                                       : at::softmax(scores.noisy, -1).gather(-1, routing.experts);
  return routing;
}

}  // namespace switchyard
