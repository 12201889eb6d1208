#include "core/model/routing/balanced_assignment.h"
#include "core/model/routing/router.h"

namespace switchyard {
namespace {

// [T, k], best first. Further choices are assignments of their own, without the experts a token has.
at::Tensor assigned(const at::Tensor& scores, std::int64_t k) {
  const std::int64_t tokens = scores.size(0), experts = scores.size(1);
  const at::Tensor chosen = at::empty({tokens, k}, at::kLong);
  std::int64_t* const expert_of = chosen.data_ptr<std::int64_t>();
  Assigned before;
  before.held.resize(static_cast<std::size_t>(experts));
  before.taken.resize(static_cast<std::size_t>(tokens * experts));
  for (std::int64_t round = 0; round < k; ++round) {
    const std::vector<std::int64_t> of = balanced_assignment(scores, before);
    for (std::int64_t t = 0; t < tokens; ++t) {
      const std::int64_t expert = of[static_cast<std::size_t>(t)];
      expert_of[t * k + round] = expert;
      before.taken[static_cast<std::size_t>(t * experts + expert)] = 1;
      ++before.held[static_cast<std::size_t>(expert)];
    }
  }
  const at::Tensor order =
      std::get<1>(scores.detach().cpu().gather(1, chosen).sort(/*stable=*/true, 1, /*descending=*/true));
  return chosen.gather(1, order).to(scores.device());
}

at::Tensor assigned_in_shards(const at::Tensor& scores, const RoutingContext& context) {
  at::NoGradGuard no_grad;
  if (RankGroup* const ranks = context.shard_ranks) {
    // The same on all ranks of the shard, each of which takes what is its own.
    const at::Tensor all = ranks->gathered(scores.detach().contiguous()).flatten(0, 1);
    return assigned(all, context.top_k).narrow(0, ranks->rank() * scores.size(0), scores.size(0)).contiguous();
  }
  std::vector<at::Tensor> choices;
  for (const at::Tensor& shard : scores.chunk(context.shards, 0))
    choices.push_back(assigned(shard, context.top_k));
  return at::cat(choices);
}

}  // namespace

Routing route_base(const GateScores& scores, const RoutingContext& context) {
  return balanced_in_training(scores, context,
                              [&](const at::Tensor& noisy) { return assigned_in_shards(noisy, context); });
}

}  // namespace switchyard
