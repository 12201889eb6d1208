#include "core/causes/prune_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/base/random.h"

namespace switchyard {
namespace {

std::vector<double> how_often(const TrialLayer& layer) {
  std::vector<double> count(static_cast<std::size_t>(layer.experts), 0);
  for (std::size_t a = 0; a < layer.expert.size(); ++a)
    if (is_choice(layer, a)) ++count[static_cast<std::size_t>(layer.expert[a])];
  return count;
}

std::vector<double> reap_scores(const TrialLayer& layer) {
  std::vector<double> score(static_cast<std::size_t>(layer.experts), 0);
  const std::vector<double> count = how_often(layer);
  for (std::size_t a = 0; a < layer.norm.size(); ++a)
    score[static_cast<std::size_t>(layer.expert[a])] += static_cast<double>(layer.weight[a]) * layer.norm[a];
  for (std::size_t e = 0; e < score.size(); ++e) score[e] = count[e] > 0 ? score[e] / count[e] : 0;
  return score;
}

// Those with the largest score, in the order of their numbers; of equals the lower ones.
std::vector<MergedExpert> largest(const std::vector<double>& score, std::int64_t kept) {
  std::vector<std::int32_t> order(score.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return score[static_cast<std::size_t>(a)] > score[static_cast<std::size_t>(b)];
  });
  order.resize(static_cast<std::size_t>(kept));
  std::sort(order.begin(), order.end());
  std::vector<MergedExpert> experts;
  for (const std::int32_t expert : order) experts.push_back({{expert, 1.0}});
  return experts;
}

// Average linkage: how alike two groups are is the mean over their pairs.
std::vector<MergedExpert> merged(const std::vector<double>& similarity, const std::vector<double>& count,
                                 std::int64_t kept) {
  const std::size_t n = count.size();
  std::vector<std::vector<std::int32_t>> groups;
  for (std::size_t e = 0; e < n; ++e) groups.push_back({static_cast<std::int32_t>(e)});
  const auto alike = [&](const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
    double sum = 0;
    for (const std::int32_t i : a)
      for (const std::int32_t j : b)
        sum += similarity[static_cast<std::size_t>(i) * n + static_cast<std::size_t>(j)];
    return sum / static_cast<double>(a.size() * b.size());
  };
  while (static_cast<std::int64_t>(groups.size()) > kept) {
    std::size_t first = 0, second = 1;
    double best = -2;
    for (std::size_t a = 0; a < groups.size(); ++a)
      for (std::size_t b = a + 1; b < groups.size(); ++b)
        if (const double value = alike(groups[a], groups[b]); value > best) best = value, first = a, second = b;
    groups[first].insert(groups[first].end(), groups[second].begin(), groups[second].end());
    groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(second));
  }
  std::vector<MergedExpert> experts;
  for (const auto& group : groups) {
    double all = 0;
    for (const std::int32_t e : group) all += count[static_cast<std::size_t>(e)];
    MergedExpert& expert = experts.emplace_back();
    for (const std::int32_t e : group)
      expert.emplace_back(
          e, all > 0 ? count[static_cast<std::size_t>(e)] / all : 1.0 / static_cast<double>(group.size()));
  }
  return experts;
}

std::vector<std::int64_t> kept_counts(const PruneRequest& request) {
  std::vector<std::int64_t> kept = request.kept;
  if (kept.empty())
    for (const std::int64_t eighths : {7, 6, 4, 2})
      kept.push_back(std::max({request.top_k, request.experts * eighths / 8, std::int64_t{1}}));
  std::sort(kept.begin(), kept.end(), std::greater<>());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  return kept;
}

}  // namespace

std::string_view name_of(PruneMethod method) {
  switch (method) {
    case PruneMethod::reap:
      return "reap";
    case PruneMethod::merge:
      return "merge";
    case PruneMethod::random:
      return "random";
    case PruneMethod::frequency:
      break;
  }
  return "frequency";
}

LayerPruning pruned_layer(PruneMethod method, const TrialLayer& layer, const std::vector<NamedTensor>& weights,
                          std::int64_t kept, std::uint64_t seed) {
  LayerPruning pruning{layer.block, {}};
  switch (method) {
    case PruneMethod::frequency:
      pruning.experts = largest(how_often(layer), kept);
      break;
    case PruneMethod::reap:
      pruning.experts = largest(reap_scores(layer), kept);
      break;
    case PruneMethod::merge:
      pruning.experts = merged(expert_similarity(weights, layer.block, layer.experts), how_often(layer), kept);
      break;
    case PruneMethod::random: {
      RandomStream random(seed, fmt::format("prune {}", layer.block));
      std::vector<double> score;
      for (std::int32_t e = 0; e < layer.experts; ++e) score.push_back(random.uniform());
      pruning.experts = largest(score, kept);
    }
  }
  return pruning;
}

Result<PruneBench> prune_bench(const PruneRequest& request, const Trial& looked,
                               const std::vector<NamedTensor>& weights, const LearnOn& learn_on, Trials& trials) {
  std::vector<std::int64_t> counts = kept_counts(request);
  const auto why_not = [&](std::int64_t kept) { return request.why_not ? request.why_not(kept) : std::string(); };
  // Of those nobody named the ones that can be.
  if (request.kept.empty()) std::erase_if(counts, [&](std::int64_t kept) { return !why_not(kept).empty(); });
  for (const std::int64_t kept : counts)
    if (kept < request.top_k || kept > request.experts)
      return usage_error(fmt::format("{} experts kept: allowed is top_k = {} to experts = {}", kept, request.top_k,
                                     request.experts));
  trials.plan(1 + static_cast<std::int64_t>(counts.size() * request.methods.size()));
  PruneBench bench;
  auto whole = learn_on(request.experts, weights);
  if (!whole) return whole.error();
  if (auto go_on = trials.count(); !go_on) return go_on.error();
  bench.whole = std::move(*whole);
  bench.loss = bench.whole.loss.front();
  for (const PruneMethod method : request.methods)
    for (const std::int64_t kept : counts) {
      PrunePoint point;
      point.method = method;
      point.kept = kept;
      const auto fewer = [&]() -> Result<LearnedOn> {
        if (const std::string why = why_not(kept); !why.empty()) return usage_error(why);
        for (const TrialLayer& layer : looked.layers) {
          if (method == PruneMethod::reap && layer.norm.size() != layer.expert.size())
            return usage_error("experts choose here, and what they make of single tokens is not known");
          point.layers.push_back(pruned_layer(method, layer, weights, kept, request.seed));
        }
        const auto left = with_fewer_experts(weights, point.layers);
        if (!left) return left.error();
        return learn_on(kept, *left);
      };
      // One that fails costs no other.
      auto outcome = fewer();
      if (!outcome && outcome.error().kind == ErrorKind::interrupted) return outcome.error();
      if (auto go_on = trials.count(); !go_on) return go_on.error();
      if (outcome) point.learned = std::move(*outcome);
      else point.failed = outcome.error().message;
      for (std::size_t i = 0; i < point.learned.loss.size() && point.recovered_at < 0; ++i)
        if (point.learned.loss[i] <= kRecovered * bench.loss) point.recovered_at = point.learned.step[i];
      bench.points.push_back(std::move(point));
    }
  return bench;
}

}  // namespace switchyard
