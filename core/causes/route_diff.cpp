#include "core/causes/route_diff.h"

#include <fmt/format.h>

#include <algorithm>

namespace switchyard {
namespace {

// Of one token, rising; what an expert choice did not take is no part.
std::vector<std::int32_t> set_of(const TrialLayer& layer, std::size_t token, bool takes_all) {
  const auto k = static_cast<std::size_t>(layer.top_k);
  std::vector<std::int32_t> set;
  for (std::size_t a = token * k; a < (token + 1) * k; ++a)
    if (takes_all || layer.kept[a]) set.push_back(layer.expert[a]);
  std::sort(set.begin(), set.end());
  return set;
}

using Sets = std::vector<std::vector<std::int32_t>>;

// Before capacity; only expert choice lists experts with weight 0 that were never chosen.
Sets sets_of(const TrialLayer& layer, std::size_t tokens) {
  bool takes_all = true;
  for (std::size_t a = 0; a < layer.expert.size(); ++a) takes_all &= layer.kept[a] || layer.weight[a] != 0;
  Sets sets;
  for (std::size_t t = 0; t < tokens; ++t) sets.push_back(set_of(layer, t, takes_all));
  return sets;
}

std::size_t shared(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
  std::size_t count = 0;
  for (const std::int32_t one : a) count += std::binary_search(b.begin(), b.end(), one);
  return count;
}

// The largest shared count first, ties to the lower numbers.
std::vector<std::int32_t> matching(const Sets& a, const Sets& b, std::int32_t experts) {
  const auto n = static_cast<std::size_t>(experts);
  std::vector<std::int64_t> together(n * n, 0);
  for (std::size_t t = 0; t < a.size(); ++t)
    for (const std::int32_t of_a : a[t])
      for (const std::int32_t of_b : b[t])
        ++together[static_cast<std::size_t>(of_b) * n + static_cast<std::size_t>(of_a)];
  std::vector<std::int32_t> name(n, -1);
  std::vector<bool> taken(n, false);
  for (std::size_t round = 0; round < n; ++round) {
    std::size_t best = n * n;
    for (std::size_t at = 0; at < n * n; ++at)
      if (name[at / n] < 0 && !taken[at % n] && (best == n * n || together[at] > together[best])) best = at;
    name[best / n] = static_cast<std::int32_t>(best % n);
    taken[best % n] = true;
  }
  return name;
}

Sets renamed(const Sets& sets, const std::vector<std::int32_t>& names) {
  Sets made = sets;
  for (auto& set : made) {
    for (std::int32_t& one : set) one = names[static_cast<std::size_t>(one)];
    std::sort(set.begin(), set.end());
  }
  return made;
}

std::vector<double> changes(const Sets& a, const Sets& b) {
  std::vector<double> changed;
  for (std::size_t t = 0; t < a.size(); ++t) changed.push_back(a[t] != b[t]);
  return changed;
}

double mean_over(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? kMissing : sum / static_cast<double>(values.size());
}

LayerRouteDiff layer_diff(const TrialLayer& a, const TrialLayer& b, const TokenGroups& groups,
                          std::size_t tokens) {
  LayerRouteDiff diff;
  diff.block = a.block;
  diff.experts = a.experts;
  const Sets of_a = sets_of(a, tokens), of_b = sets_of(b, tokens);
  const std::vector<double> changed = changes(of_a, of_b);
  diff.changed = mean_over(changed);
  for (const TokenGroup& group : groups.groups)
    diff.changed_by_group.push_back(mean_of(changed, group, groups.half).all);
  std::vector<double> first, kept;
  for (std::size_t t = 0; t < tokens; ++t) {
    first.push_back(a.expert[t * static_cast<std::size_t>(a.top_k)] !=
                    b.expert[t * static_cast<std::size_t>(b.top_k)]);
    if (!of_a[t].empty())
      kept.push_back(static_cast<double>(shared(of_a[t], of_b[t])) / static_cast<double>(of_a[t].size()));
  }
  diff.first_changed = mean_over(first);
  diff.kept_share = mean_over(kept);
  diff.renamed = matching(of_a, of_b, a.experts);
  diff.matched = mean_over(changes(of_a, renamed(of_b, diff.renamed)));
  return diff;
}

bool same_look(const Trial& a, const Trial& b) {
  if (a.size() != b.size() || !a.tokens != !b.tokens || !a.points != !b.points) return false;
  if (a.tokens) return a.tokens->text == b.tokens->text && a.tokens->sequence_length == b.tokens->sequence_length;
  return !a.points || (a.points->x == b.points->x && a.points->label == b.points->label);
}

}  // namespace

Result<RouteDiff> route_diff(const Trial& a, const Trial& b) {
  if (!same_look(a, b))
    return usage_error(
        "the two were asked about other tokens: a route diff needs models of the same text or points, with the "
        "same context");
  if (a.layers.size() != b.layers.size())
    return usage_error(fmt::format("one model has {} MoE layers, the other {}: a route diff needs as many",
                                   a.layers.size(), b.layers.size()));
  RouteDiff diff;
  diff.groups = token_groups(a);
  std::erase_if(diff.groups.groups, [](const TokenGroup& group) { return group.kind == GroupKind::character; });
  diff.tokens = static_cast<std::int64_t>(a.size());
  diff.loss_a = mean_loss(a);
  diff.loss_b = mean_loss(b);
  for (std::size_t l = 0; l < a.layers.size(); ++l) {
    if (a.layers[l].experts != b.layers[l].experts)
      return usage_error(
          fmt::format("layer {}: one model has {} experts, the other {}: a route diff needs as many", l,
                      a.layers[l].experts, b.layers[l].experts));
    diff.layers.push_back(layer_diff(a.layers[l], b.layers[l], diff.groups, a.size()));
  }
  return diff;
}

}  // namespace switchyard
