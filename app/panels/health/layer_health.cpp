#include "app/panels/health/layer_health.h"

#include <algorithm>
#include <cmath>

#include "app/panels/parts/load_health.h"
#include "core/history/record_at.h"

namespace switchyard::app {
namespace {

// Entropy in nats of shares that need not add up to one; NaN of nothing.
template <class Values, class Of>
double entropy(const Values& values, Of share_of) {
  double sum = 0, weighted = 0;
  for (const auto& value : values) {
    const double share = share_of(value);
    if (!(share > 0)) continue;
    sum += share;
    weighted += share * std::log(share);
  }
  return sum > 0 ? std::log(sum) - weighted / sum : kMissing;
}

// The newest look before `shown` at the same tokens of the same model; null: there is none.
const Snapshot* look_before(const Snapshot* shown, const SnapshotStore& kept) {
  if (!shown) return nullptr;
  const Snapshot* before = nullptr;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const Snapshot& one = *kept[i].snapshot;
    if (one.model_id == shown->model_id && one.step < shown->step && same_tokens(one, *shown)) before = &one;
  }
  return before;
}

// The look at the same tokens nearest to half of `shown`'s steps; null: there is none before it.
const Snapshot* look_half_way(const Snapshot* shown, const SnapshotStore& kept) {
  if (!shown) return nullptr;
  const Snapshot* best = nullptr;
  const auto off = [&](const Snapshot& look) { return std::abs(2 * look.step - shown->step); };
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const Snapshot& one = *kept[i].snapshot;
    if (one.model_id == shown->model_id && one.step < shown->step && same_tokens(one, *shown) &&
        (!best || off(one) < off(*best)))
      best = &one;
  }
  return best;
}

}  // namespace

std::vector<LayerHealth> layer_health(const RunView& run, const Snapshot* shown, double k, const StepRecord* of) {
  const StepRecord* last = of ? of : run.history.last();
  if (!last) return {};
  const Snapshot* before = look_before(shown, run.kept);
  const std::vector<Stability> stable = before ? run.insight.stability(*shown, *before) : std::vector<Stability>();
  const Snapshot* half_way = look_half_way(shown, run.kept);
  const std::vector<Stability> since =
      half_way ? run.insight.stability(*half_way, *shown) : std::vector<Stability>();
  std::vector<LayerHealth> out(last->layers.size());
  for (std::size_t l = 0; l < out.size(); ++l) {
    const LayerRecord& record = last->layers[l];
    LayerHealth& health = out[l];
    health.experts = record.counts.size();
    const double experts = static_cast<double>(health.experts);
    health.max_violation = record.max_violation;
    if (k > 0) health.most_violation = experts / k - 1;
    health.load_entropy = record.load_entropy;
    health.token_entropy = record.token_entropy;
    health.dropped = record.assignment_drop_rate;
    health.router_grad = record.router_grad_norm;
    health.expert_grad = record.expert_grad_norm;

    const std::vector<ExpertLoad> loads = expert_loads(run.history, l, last);
    const bool judged = !loads.empty() && std::all_of(loads.begin(), loads.end(), [](const ExpertLoad& load) {
      return std::isfinite(load.window_mean);
    });
    if (judged)
      health.effective = std::exp(entropy(loads, [](const ExpertLoad& load) { return load.window_mean; }));
    // Of an earlier step the probabilities are not kept, the figure is.
    health.decisiveness = last == run.history.last() ? decisiveness(record)
                                                     : figure_at(run.history, l, LayerScalar::decisiveness, last->step);
    if (l < stable.size()) {
      health.churn = stable[l].churn;
      health.churn_chance = 1 - stable[l].chance;
      health.churn_steps = shown->step - before->step;
    }
    if (l < since.size()) {
      health.saturation = since[l].saturation;
      health.saturation_chance = since[l].chance;
    }
  }
  return out;
}

}  // namespace switchyard::app
