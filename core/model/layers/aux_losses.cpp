#include "core/model/layers/aux_losses.h"

#include <numeric>

#include "core/model/ranks/rank_functions.h"

namespace switchyard {
namespace {

// counts as shares of their sum, times N.
at::Tensor scaled_load(const std::vector<std::int64_t>& counts, const at::Tensor& like) {
  const double total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  std::vector<float> scaled;
  for (const std::int64_t count : counts)
    scaled.push_back(static_cast<float>(static_cast<double>(counts.size()) * static_cast<double>(count) / total));
  return torch::tensor(scaled, like.options().requires_grad(false));
}

// [sequences, N]: how often each expert stands in a sequence's rows of chosen [T, k], as a multiple of its
// fair share.
at::Tensor sequence_loads(const at::Tensor& chosen, std::int64_t sequences, std::int64_t experts, const at::Tensor& like) {
  const at::Tensor rows = chosen.reshape({sequences, -1});
  const at::Tensor ones = at::ones(rows.sizes(), like.options().requires_grad(false));
  const at::Tensor counts = at::zeros({sequences, experts}, ones.options()).scatter_add(1, rows, ones);
  return counts * (static_cast<double>(experts) / static_cast<double>(rows.size(1)));
}

at::Tensor over_sequences(const at::Tensor& probs, const at::Tensor& loads) {
  const std::int64_t sequences = loads.size(0), experts = probs.size(1);
  return (probs.view({sequences, -1, experts}).mean(1) * loads).sum(-1).mean();
}

// [shards, N], a shard's own: P, the mean probabilities ...
at::Tensor mean_probs(const at::Tensor& probs, const LossContext& context) {
  const at::Tensor mean =
      context.shards == 1 ? probs.mean(0, true) : probs.view({context.shards, -1, probs.size(1)}).mean(1);
  return context.shard_ranks ? mean_over(mean, *context.shard_ranks) : mean;
}
// ... and N f, as shares of its own counts.
at::Tensor loads_of(const MoeTrace& layer, const LossContext& context) {
  const at::Tensor& probs = layer.routing.probs;
  if (context.shards == 1 && !context.shard_ranks) return scaled_load(layer.plan->counts, probs).unsqueeze(0);
  const at::Tensor counts = shard_counts(layer, context.shards, context.shard_ranks);
  return (counts * (static_cast<double>(counts.size(1)) / counts.sum(1, true)))
      .to(probs.options().requires_grad(false));
}

at::Tensor switch_balance(const MoeTrace& layer, const LossContext& context) {
  const at::Tensor& probs = layer.routing.probs;
  if (context.scope == BalanceScope::sequence)
    return over_sequences(probs, sequence_loads(layer.routing.experts, context.sequences, probs.size(1), probs));
  const bool global = is_global(context.scope) && context.step_counts;
  const at::Tensor loads =
      global ? scaled_load(*context.step_counts, probs).unsqueeze(0) : loads_of(layer, context);
  return (mean_probs(probs, context) * loads).sum(-1).mean();
}

at::Tensor gshard(const MoeTrace& layer, const LossContext& context) {
  const at::Tensor& probs = layer.routing.probs;
  const at::Tensor first = layer.routing.experts.select(1, 0).contiguous().unsqueeze(1);
  at::Tensor loads = sequence_loads(first, context.shards, probs.size(1), probs);
  if (context.shard_ranks)
    context.shard_ranks->sum(loads), loads.div_(static_cast<double>(context.shard_ranks->size()));
  return (mean_probs(probs, context) * loads).sum(-1).mean();
}

// Of masses [shards, N] that are all 0, where no expert has any chance left that a float can hold: 0.
at::Tensor squared_variation(const at::Tensor& masses) {
  return (masses / masses.mean(1, true).clamp_min(1e-20)).var(1, /*unbiased=*/false).mean();
}

at::Tensor load(const MoeTrace& layer, const LossContext& context) {
  const GateScores& scores = layer.scores;
  if (!scores.spread.defined()) return {};
  const std::int64_t k = layer.routing.experts.size(1);
  if (k == scores.clean.size(1)) return at::zeros({}, scores.clean.options().requires_grad(false));
  // Without expert i the kth largest is the k+1st of all where i is among the first k, and the kth elsewhere.
  const auto [values, order] = scores.noisy.topk(k + 1, -1);
  const at::Tensor inside =
      at::zeros(scores.noisy.sizes(), at::TensorOptions(at::kBool).device(scores.noisy.device()))
          .scatter(1, order.narrow(1, 0, k), true);
  const at::Tensor bar = at::where(inside, values.narrow(1, k, 1), values.narrow(1, k - 1, 1));
  return squared_variation(mean_probs(at::special_ndtr((scores.clean - bar) / scores.spread), context));
}

}  // namespace

at::Tensor shard_counts(const MoeTrace& layer, std::int64_t shards, RankGroup* shard_ranks) {
  const std::vector<std::int64_t>& all = layer.plan->counts;
  at::Tensor counts;
  if (shards == 1) {
    counts = torch::tensor(std::vector<double>(all.begin(), all.end()), at::kDouble).unsqueeze(0);
  } else {
    const at::Tensor rows = layer.routing.experts.cpu().reshape({shards, -1});
    counts = at::zeros({shards, static_cast<std::int64_t>(all.size())}, at::kDouble)
                 .scatter_add(1, rows, at::ones(rows.sizes(), at::kDouble));
  }
  if (shard_ranks) shard_ranks->sum(counts);
  return counts;
}

at::Tensor aux_loss(AuxLoss loss, const MoeTrace& layer, const LossContext& context) {
  const at::Tensor& probs = layer.routing.probs;
  if (!probs.defined() || layer.soft) return {};
  // Experts that choose are even by construction.
  if (!layer.routing.start.empty() && loss != AuxLoss::z) return {};
  const double experts = static_cast<double>(probs.size(1));
  switch (loss) {
    case AuxLoss::switch_balance: return switch_balance(layer, context);
    case AuxLoss::gshard:
      return gshard(layer, context);
    case AuxLoss::importance:
      return squared_variation(mean_probs(probs, context));
    case AuxLoss::load:
      return load(layer, context);
    case AuxLoss::mse_prob:
      return (mean_probs(probs, context) - 1 / experts).square().mean();
    case AuxLoss::mse_load:
      return (loads_of(layer, context) - 1).div(experts).square().sum(-1).mean();
    case AuxLoss::sequence: {
      const at::Tensor chosen = select_top_k(probs, layer.routing.experts.size(1));
      return over_sequences(probs, sequence_loads(chosen, context.sequences, probs.size(1), probs));
    }
    case AuxLoss::z: return at::logsumexp(layer.routing.logits, -1).square().mean();
  }
  return {};
}

}  // namespace switchyard
