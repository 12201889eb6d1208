#include <algorithm>
#include <limits>

#include "core/model/routing/balanced_assignment.h"
#include "core/model/routing/router.h"

namespace switchyard {
namespace {

constexpr double kTaken = -std::numeric_limits<double>::infinity();

// [T, k], best first. Further choices are assignments of their own, without the experts a token has.
at::Tensor assigned(const at::Tensor& scores, std::int64_t k) {
  const std::int64_t tokens = scores.size(0), experts = scores.size(1);
  const at::Tensor plain = scores.detach().to(at::kCPU, at::kDouble).contiguous(), left = plain.clone();
  const at::Tensor chosen = at::empty({tokens, k}, at::kLong);
  double* const score = left.data_ptr<double>();
  std::int64_t* const expert_of = chosen.data_ptr<std::int64_t>();
  std::vector<std::int64_t> held(static_cast<std::size_t>(experts), 0);
  for (std::int64_t round = 0; round < k; ++round) {
    const std::vector<std::int64_t> of = balanced_assignment(left, held);
    for (std::int64_t t = 0; t < tokens; ++t) {
      double* const own = score + t * experts;
      std::int64_t expert = of[static_cast<std::size_t>(t)];
      // There may be no even choice left for the last of them: then the best expert that it lacks.
      if (own[expert] == kTaken) expert = std::max_element(own, own + experts) - own;
      own[expert] = kTaken;
      expert_of[t * k + round] = expert;
      ++held[static_cast<std::size_t>(expert)];
    }
  }
  const at::Tensor order = std::get<1>(plain.gather(1, chosen).sort(/*stable=*/true, 1, /*descending=*/true));
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
  return balanced_in_training(scores, context, [&] { return assigned_in_shards(scores.noisy, context); });
}

}  // namespace switchyard
