#include <cmath>

#include "core/model/routing/router.h"

namespace switchyard {
namespace {

constexpr int kIterations = 100;
constexpr double kTolerance = 1e-3;
constexpr double kFar = 1e30;

// logsumexp along dimension 0, over all ranks' rows.
at::Tensor column_sums(const at::Tensor& plan, RankGroup* ranks) {
  if (!ranks) return at::logsumexp(plan, 0, true);
  const at::Tensor largest = plan.amax(0, true);
  ranks->maximum(largest);
  const at::Tensor sum = (plan - largest).exp_().sum(0, true);
  ranks->sum(sum);
  return sum.log_().add_(largest);
}

// log of the transport plan from T tokens of mass 1/T to N experts of mass 1/N that is nearest to exp(logits)
// (Cuturi 2013), in the log domain. With `ranks` T counts the tokens of all, of which `logits` are some.
at::Tensor log_plan(const at::Tensor& logits, RankGroup* ranks) {
  const double log_tokens = std::log(static_cast<double>(logits.size(0) * (ranks ? ranks->size() : 1)));
  const double log_experts = std::log(static_cast<double>(logits.size(1)));
  // An expert that every token rules out has no mass to share out: it keeps as good as none, and the others
  // theirs.
  at::Tensor plan = logits.detach().clamp(-kFar, kFar);
  for (int i = 0; i < kIterations; ++i) {
    plan = plan - at::logsumexp(plan, 1, true) - log_tokens;
    // The same on all ranks, so that they stop at the same.
    const at::Tensor columns = column_sums(plan, ranks) + log_experts;
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

// A plan for each shard.
at::Tensor log_plans(const at::Tensor& logits, const RoutingContext& context) {
  if (context.shards == 1) return log_plan(logits, context.shard_ranks);
  std::vector<at::Tensor> plans;
  for (const at::Tensor& shard : logits.chunk(context.shards, 0)) plans.push_back(log_plan(shard, nullptr));
  return at::cat(plans);
}

}  // namespace

Routing route_sinkhorn(const GateScores& scores, const RoutingContext& context) {
  return balanced_in_training(scores, context, [&](const at::Tensor& noisy) {
    return select_top_k(log_plans(noisy, context), context.top_k);
  });
}

}  // namespace switchyard
