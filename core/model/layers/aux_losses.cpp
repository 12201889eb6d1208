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

// [shards, N]: means over each shard's tokens here.
at::Tensor shard_means(const at::Tensor& of_tokens, std::int64_t shards) {
  return shards == 1 ? of_tokens.mean(0, true) : of_tokens.view({shards, -1, of_tokens.size(1)}).mean(1);
}

// The same over all ranks of a shard.
at::Tensor whole_means(const at::Tensor& of_tokens, const LossContext& context) {
  const at::Tensor mean = shard_means(of_tokens, context.shards);
  return context.shard_ranks ? mean_over(mean, *context.shard_ranks) : mean;
}

// [shards, N], a shard's own: P, the mean probabilities ...
at::Tensor mean_probs(const MoeTrace& layer, const LossContext& context) {
  return context.mean_probs.defined() ? context.mean_probs : whole_means(layer.routing.probs, context);
}
// ... and N f, as shares of its own counts.
at::Tensor loads_of(const MoeTrace& layer, const LossContext& context) {
  const at::Tensor& probs = layer.routing.probs;
  if (context.shards == 1 && !context.shard_ranks) return scaled_load(layer.plan->counts, probs).unsqueeze(0);
  const at::Tensor counts =
      context.counts.defined() ? context.counts : shard_counts(layer, context.shards, context.shard_ranks);
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
  return (mean_probs(layer, context) * loads).sum(-1).mean();
}

at::Tensor gshard(const MoeTrace& layer, const LossContext& context) {
  const at::Tensor& probs = layer.routing.probs;
  const at::Tensor first = layer.routing.experts.select(1, 0).contiguous().unsqueeze(1);
  at::Tensor loads = sequence_loads(first, context.shards, probs.size(1), probs);
  if (context.shard_ranks)
    context.shard_ranks->sum(loads), loads.div_(static_cast<double>(context.shard_ranks->size()));
  return (mean_probs(layer, context) * loads).sum(-1).mean();
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
  return squared_variation(whole_means(at::special_ndtr((scores.clean - bar) / scores.spread), context));
}

// Of this rank's tokens alone.
at::Tensor counts_here(const MoeTrace& layer, std::int64_t shards) {
  if (layer.soft || !layer.routing.start.empty()) return {};
  const std::vector<std::int64_t>& all = layer.plan->counts;
  if (shards == 1) return torch::tensor(std::vector<double>(all.begin(), all.end()), at::kDouble).unsqueeze(0);
  const at::Tensor rows = layer.routing.experts.cpu().reshape({shards, -1});
  return at::zeros({shards, static_cast<std::int64_t>(all.size())}, at::kDouble)
      .scatter_add(1, rows, at::ones(rows.sizes(), at::kDouble));
}

// One behind the other; what is undefined takes no room.
at::Tensor in_one(const std::vector<at::Tensor>& parts) {
  std::vector<at::Tensor> flat;
  for (const at::Tensor& part : parts)
    if (part.defined()) flat.push_back(part.flatten());
  return flat.empty() ? at::Tensor() : at::cat(flat);
}
void take_apart(std::vector<at::Tensor>& parts, const at::Tensor& flat) {
  std::int64_t next = 0;
  for (at::Tensor& part : parts) {
    if (!part.defined()) continue;
    const std::int64_t n = part.numel();
    part = flat.narrow(0, next, n).view(part.sizes());
    next += n;
  }
}

}  // namespace

at::Tensor shard_counts(const MoeTrace& layer, std::int64_t shards, RankGroup* shard_ranks) {
  const at::Tensor counts = counts_here(layer, shards);
  if (shard_ranks && counts.defined()) shard_ranks->sum(counts);
  return counts;
}

ShardFigures shard_figures(const std::vector<MoeTrace>& trace, std::int64_t shards, RankGroup* shard_ranks,
                           bool with_probs) {
  ShardFigures figures;
  for (const MoeTrace& layer : trace) {
    figures.counts.push_back(counts_here(layer, shards));
    const bool has_p = with_probs && layer.routing.probs.defined() && figures.counts.back().defined();
    figures.mean_probs.push_back(has_p ? shard_means(layer.routing.probs, shards) : at::Tensor());
  }
  if (!shard_ranks) return figures;
  std::vector<at::Tensor> sums = figures.counts;
  for (std::size_t l = 0; l < trace.size(); ++l) {
    const at::Tensor& probs = trace[l].routing.probs;
    const bool has_p = probs.defined() && figures.counts[l].defined();
    sums.push_back(has_p ? probs.detach().view({shards, -1, probs.size(1)}).sum(1, false, at::kDouble).cpu()
                         : at::Tensor());
  }
  if (const at::Tensor flat = in_one(sums); flat.defined()) {
    shard_ranks->sum(flat);
    take_apart(sums, flat);
  }
  figures.prob_sums.assign(sums.begin() + static_cast<std::ptrdiff_t>(trace.size()), sums.end());
  sums.resize(trace.size());
  figures.counts = std::move(sums);
  if (const at::Tensor probs = in_one(figures.mean_probs); probs.defined())
    take_apart(figures.mean_probs, mean_over(probs, *shard_ranks));
  return figures;
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
      return squared_variation(mean_probs(layer, context));
    case AuxLoss::load:
      return load(layer, context);
    case AuxLoss::mse_prob:
      return (mean_probs(layer, context) - 1 / experts).square().mean();
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
