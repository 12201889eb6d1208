#include "core/model/layers/capacity.h"

namespace switchyard {
namespace {

// Of `groups` groups of `count` assignments, of which the first begins at this pass's token `before`.
at::Tensor random_orders(const RoutingContext& context, std::int64_t groups, std::int64_t count,
                         std::int64_t before) {
  if (!context.training)
    return at::randperm(count, at::detail::createCPUGenerator(static_cast<std::uint64_t>(context.draws.layer)),
                        at::kLong);
  Draws draws = context.draws;
  draws.first = (draws.first + before) * context.top_k;
  std::vector<at::Tensor> orders;
  for (std::int64_t g = 0; g < groups; ++g, draws.first += count)
    orders.push_back(random_order(draws, "drop-random", count));
  return groups == 1 ? orders.front() : at::cat(orders);
}

}  // namespace

c10::intrusive_ptr<DispatchPlan> dispatch_within_capacity(const Routing& routing, std::int64_t experts,
                                                          const RoutingContext& context,
                                                          const CapacityRule& rule) {
  if (!routing.start.empty()) return build_dispatch(routing.experts, routing.start, experts);
  const bool mixes = rule.overflow == Overflow::drop_random;
  RankGroup* ranks = context.shard_ranks;
  if (!ranks || rule.overflow == Overflow::dropless) {
    const at::Tensor mixed =
        mixes ? random_orders(context, rule.groups, routing.experts.numel() / rule.groups, 0) : at::Tensor();
    return build_dispatch(routing.experts, experts, rule, {routing.weights, routing.probs, mixed});
  }
  // Ranks follow one another in the batch, so their choices in the order of ranks are the shard's.
  at::NoGradGuard no_grad;
  const auto of_all = [&](const at::Tensor& own) { return ranks->gathered(own.contiguous()).flatten(0, 1); };
  const std::int64_t own = routing.experts.numel(), tokens = routing.experts.size(0);
  DispatchScores scores;
  if (rule.overflow == Overflow::drop_low) scores.weights = of_all(routing.weights.detach());
  if (rule.overflow == Overflow::drop_bpr)
    scores.probs = of_all((routing.probs.defined() ? routing.probs : routing.weights).detach().amax(-1, true));
  if (mixes) scores.mixed = random_orders(context, 1, own * ranks->size(), -ranks->rank() * tokens);
  const std::vector<std::uint8_t> kept = kept_assignments(of_all(routing.experts), experts, rule, scores);
  return dispatch_of_kept(
      routing.experts, experts,
      std::span(kept).subspan(static_cast<std::size_t>(ranks->rank() * own), static_cast<std::size_t>(own)));
}

}  // namespace switchyard
