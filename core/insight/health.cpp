#include "core/insight/health.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "core/base/expert_label.h"

namespace switchyard {
namespace {

double total_of(const std::vector<float>& counts) { return std::accumulate(counts.begin(), counts.end(), 0.0); }

std::string named(const std::vector<std::int32_t>& experts, std::size_t all) {
  std::string names;
  for (const std::int32_t expert : experts) names += (names.empty() ? "" : ", ") + expert_label(expert, all);
  return names;
}

}  // namespace

std::vector<HealthAlert> HealthWatch::take(const StepRecord& record, const HealthFacts& facts) {
  if (record.model_id != model_id_) {
    clear();
    model_id_ = record.model_id;
  }
  std::vector<HealthAlert> changes;
  memory_.layers.resize(record.layers.size());
  for (std::size_t l = 0; l < memory_.layers.size(); ++l) {
    const LayerRecord& seen = record.layers[l];
    Layer& layer = memory_.layers[l];
    const std::size_t n = seen.counts.size();
    if (n == 0) continue;  // nothing was recorded of it: what was known still holds
    const bool is_afresh = layer.sum.size() != n;
    if (is_afresh) {
      // Experts came or went: what was known of a number may be of another expert.
      layer = {};
      layer.expected_since.assign(n, 0);
      layer.silent_since.assign(n, record.step);
      layer.sum.assign(n, 0);
      layer.low_since.assign(n, 0);
      layer.starves.assign(n, 0);
    }
    Finding without_tokens, with_few, together, still;
    if (facts.chooses && n > 1) {
      const auto muted = [&](std::size_t expert) { return facts.is_muted(l, expert); };
      take_loads(layer, record.step, seen.counts, muted);
      const HealthAlert* const known = is_afresh ? nullptr : find(AlertKind::dead, static_cast<std::int32_t>(l));
      without_tokens = dead(layer, record.step, known, muted);
      together = collapsed(layer, facts.top_k, find(AlertKind::collapsed, static_cast<std::int32_t>(l)) != nullptr,
                           muted);
      if (!together.holds) with_few = starving(layer, without_tokens.experts, muted);
    }
    if (facts.is_held(l)) layer.norms.clear();
    if (facts.learns && !facts.is_held(l)) {
      // The record's norm is the task's only without auxiliary losses; else the last look's has to serve.
      const double router = facts.task_alone ? seen.router_grad_norm : layer.look_router;
      if (std::isfinite(router) && std::isfinite(seen.expert_grad_norm)) {
        layer.norms.push_back({record.step, router, seen.expert_grad_norm});
        if (layer.norms.size() > kFrozenSteps) layer.norms.pop_front();
      } else {
        layer.norms.clear();
      }
      still = frozen(layer, facts, record.step);
    }
    const auto index = static_cast<std::int32_t>(l);
    settle(AlertKind::dead, index, seen.block, record.step, std::move(without_tokens), changes);
    settle(AlertKind::starving, index, seen.block, record.step, std::move(with_few), changes);
    settle(AlertKind::collapsed, index, seen.block, record.step, std::move(together), changes);
    settle(AlertKind::frozen_router, index, seen.block, record.step, std::move(still), changes);
  }
  return changes;
}

void HealthWatch::restore(HealthMemory memory, std::uint32_t model_id) {
  memory_ = std::move(memory);
  model_id_ = model_id;
}

void HealthWatch::take_task_gradient(std::int32_t layer, double router_norm) {
  if (layer >= 0 && static_cast<std::size_t>(layer) < memory_.layers.size())
    memory_.layers[static_cast<std::size_t>(layer)].look_router = router_norm;
}

void HealthWatch::take_loads(Layer& layer, std::int64_t step, const std::vector<float>& counts,
                             const Muted& muted) {
  std::size_t open = 0;
  for (std::size_t e = 0; e < counts.size(); ++e) open += muted(e) ? 0 : 1;
  const double total = total_of(counts), fair = total / static_cast<double>(std::max<std::size_t>(1, open));
  if (!(total > 0)) return;
  const double keep = std::exp2(-1 / kHalfLife);
  layer.weight = keep * layer.weight + (1 - keep);
  for (std::size_t e = 0; e < counts.size(); ++e) {
    if (muted(e)) {
      // As at its beginning, for when it is heard again.
      layer.expected_since[e] = 0;
      layer.silent_since[e] = step + 1;
      layer.low_since[e] = 0;
      layer.starves[e] = 0;
      layer.sum[e] = layer.weight;
      continue;
    }
    layer.sum[e] = keep * layer.sum[e] + (1 - keep) * static_cast<double>(counts[e]) / fair;
    if (counts[e] > 0) {
      layer.expected_since[e] = 0;
      layer.silent_since[e] = step + 1;
    } else {
      layer.expected_since[e] += fair;
    }
    const double mean = layer.sum[e] / layer.weight;
    if (mean >= kStarving) layer.low_since[e] = 0;
    else if (layer.low_since[e] == 0) layer.low_since[e] = step;
    if (mean > kFed) layer.starves[e] = 0;
    // Not before a half-life: a mean of a few steps is noise.
    else if (mean < kStarving && layer.weight > 0.5 - 1e-9) layer.starves[e] = 1;
  }

  layer.loads.push_back({step, counts});
  double expected = 0;
  std::size_t needed = 0;
  for (auto loads = layer.loads.rbegin(); loads != layer.loads.rend(); ++loads) {
    expected += total_of(loads->counts) / static_cast<double>(counts.size());
    ++needed;
    if (needed >= kLeastSteps && expected >= kLeastExpected) break;
  }
  while (layer.loads.size() > needed) layer.loads.pop_front();
}

HealthWatch::Finding HealthWatch::dead(const Layer& layer, std::int64_t step, const HealthAlert* known,
                                       const Muted& muted) {
  Finding found;
  bool had_some = false;
  double total = 0;
  std::size_t open = 0;
  for (std::size_t e = 0; e < layer.sum.size(); ++e) open += muted(e) ? 0 : 1;
  for (const Layer::Loads& loads : layer.loads) total += total_of(loads.counts);
  const auto of_window = [&](std::size_t e) {
    double sum = 0;
    for (const Layer::Loads& loads : layer.loads) sum += loads.counts[e];
    return sum;
  };
  for (std::size_t e = 0; e < layer.expected_since.size(); ++e) {
    const auto expert = static_cast<std::int32_t>(e);
    const bool silent = layer.expected_since[e] >= kLeastExpected &&
                        step - layer.silent_since[e] + 1 >= static_cast<std::int64_t>(kLeastSteps);
    const bool was =
        known && std::find(known->experts.begin(), known->experts.end(), expert) != known->experts.end();
    const bool barely_lives = was && of_window(e) * static_cast<double>(open) <= kFed * total;
    if (muted(e) || (!silent && !barely_lives)) continue;
    const std::int64_t since = silent ? layer.silent_since[e] : known->began;
    had_some = had_some || !silent;
    found.began = found.holds ? std::min(found.began, since) : since;
    found.holds = true;
    found.experts.push_back(expert);
  }
  if (found.holds)
    found.message = fmt::format("{} got {} since step {}", named(found.experts, layer.sum.size()),
                                had_some ? "next to no tokens" : "no tokens at all", found.began);
  return found;
}

HealthWatch::Finding HealthWatch::starving(const Layer& layer, const std::vector<std::int32_t>& dead,
                                           const Muted& muted) {
  Finding found;
  double least = kFed;
  for (std::size_t e = 0; e < layer.starves.size(); ++e) {
    if (layer.starves[e] == 0 || muted(e) ||
        std::find(dead.begin(), dead.end(), static_cast<std::int32_t>(e)) != dead.end())
      continue;
    const std::int64_t since = layer.low_since[e] > 0 ? layer.low_since[e] : layer.loads.back().step;
    found.began = found.holds ? std::min(found.began, since) : since;
    found.holds = true;
    found.experts.push_back(static_cast<std::int32_t>(e));
    least = std::min(least, layer.sum[e] / layer.weight);
  }
  if (found.holds)
    found.message = fmt::format("{} {} down to {:.1f} % of a fair share (half-life {:.0f} steps)",
                                named(found.experts, layer.sum.size()), found.experts.size() == 1 ? "gets" : "get",
                                100 * least, kHalfLife);
  return found;
}

HealthWatch::Finding HealthWatch::collapsed(const Layer& layer, std::int32_t top_k, bool already,
                                            const Muted& muted) {
  Finding found;
  if (layer.loads.size() < kLeastSteps) return found;
  const std::size_t n = layer.sum.size();
  const auto k = static_cast<std::size_t>(std::max(1, top_k));
  std::size_t open = 0;
  for (std::size_t e = 0; e < n; ++e) open += muted(e) ? 0 : 1;
  if (k >= open) return found;
  std::vector<double> sums(n, 0);
  for (const Layer::Loads& loads : layer.loads)
    for (std::size_t e = 0; e < n; ++e) sums[e] += loads.counts[e];
  const double total = std::accumulate(sums.begin(), sums.end(), 0.0);
  if (total < kLeastExpected * static_cast<double>(n)) return found;

  std::vector<std::int32_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return sums[static_cast<std::size_t>(a)] > sums[static_cast<std::size_t>(b)];
  });
  double largest = 0;
  for (std::size_t i = 0; i < k; ++i) largest += sums[static_cast<std::size_t>(order[i])] / total;
  const double even = static_cast<double>(k) / static_cast<double>(open);
  const auto active =
      static_cast<std::size_t>(std::count_if(sums.begin(), sums.end(), [](double s) { return s > 0; }));
  found.holds = (largest - even) / (1 - even) >= (already ? kSpread : kCollapse) || active <= k;
  if (!found.holds) return found;
  found.began = layer.loads.front().step;
  found.experts.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k));
  std::sort(found.experts.begin(), found.experts.end());
  found.message =
      fmt::format("{} {} {:.1f} % of all assignments; an even share is {:.1f} %",
                  named(found.experts, layer.sum.size()), k == 1 ? "takes" : "take", 100 * largest, 100 * even);
  return found;
}

HealthWatch::Finding HealthWatch::frozen(const Layer& layer, const HealthFacts& facts, std::int64_t step) {
  Finding found;
  if (facts.frozen_by_structure) {
    found.holds = true;
    found.began = step;
    found.message =
        "the weight of the one chosen expert is normalised to 1, so the task gives the router no gradient";
    return found;
  }
  if (layer.norms.size() < kFrozenSteps) return found;
  double router = 0, experts = 0;
  for (const Layer::Norms& norms : layer.norms) {
    router += norms.router;
    experts += norms.experts;
  }
  if (!(experts > 0) || router >= kFrozenRatio * experts) return found;
  found.holds = true;
  found.began = layer.norms.front().step;
  found.message = fmt::format("the task gradient of the router is {:.1e} of that of the experts over {} steps",
                              router / experts, kFrozenSteps);
  return found;
}

const HealthAlert* HealthWatch::find(AlertKind kind, std::int32_t layer) const {
  const auto at = std::find_if(memory_.alerts.begin(), memory_.alerts.end(), [&](const HealthAlert& alert) {
    return alert.kind == kind && alert.layer == layer;
  });
  return at == memory_.alerts.end() ? nullptr : &*at;
}

void HealthWatch::settle(AlertKind kind, std::int32_t index, std::int32_t block, std::int64_t step, Finding found,
                         std::vector<HealthAlert>& changes) {
  const auto key = [](const HealthAlert& alert) { return std::pair(alert.layer, alert.kind); };
  const auto at =
      std::lower_bound(memory_.alerts.begin(), memory_.alerts.end(), std::pair(index, kind),
                       [&](const HealthAlert& alert, const auto& wanted) { return key(alert) < wanted; });
  const bool known = at != memory_.alerts.end() && key(*at) == std::pair(index, kind);
  if (known && !found.holds) {
    at->ended = step;
    at->message = "no longer: " + at->message;
    changes.push_back(std::move(*at));
    memory_.alerts.erase(at);
  } else if (known) {
    at->experts = std::move(found.experts);
    at->message = std::move(found.message);
  } else if (found.holds) {
    HealthAlert alert;
    alert.kind = kind;
    alert.layer = index;
    alert.block = block;
    alert.experts = std::move(found.experts);
    alert.began = found.began;
    alert.noticed = step;
    alert.message = std::move(found.message);
    changes.push_back(*memory_.alerts.insert(at, std::move(alert)));
  }
}

}  // namespace switchyard
