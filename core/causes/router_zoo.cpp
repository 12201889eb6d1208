#include "core/causes/router_zoo.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/config/gates.h"
#include "core/config/shape.h"

namespace switchyard {
namespace {

constexpr std::array kZooGates{
    Gate::softmax_renormalised, Gate::softmax, Gate::sigmoid, Gate::sinkhorn, Gate::base,
    Gate::expert_choice,        Gate::hash,    Gate::random};

std::vector<std::int32_t> rising_set(const TrialLayer& layer, std::size_t token) {
  const auto k = static_cast<std::size_t>(layer.top_k);
  std::vector<std::int32_t> set;
  for (std::size_t a = token * k; a < (token + 1) * k; ++a)
    if (is_choice(layer, a)) set.push_back(layer.expert[a]);
  std::sort(set.begin(), set.end());
  return set;
}

void count_load(ZooRow& row, const TrialLayer& layer, double capacity_factor, std::size_t tokens) {
  row.load.assign(static_cast<std::size_t>(layer.experts), 0);
  std::int64_t all = 0;
  for (std::size_t t = 0; t < tokens; ++t)
    for (const std::int32_t expert : rising_set(layer, t)) ++row.load[static_cast<std::size_t>(expert)], ++all;
  if (all == 0) return;
  const double mean = static_cast<double>(all) / layer.experts;
  row.load_peak = static_cast<double>(*std::max_element(row.load.begin(), row.load.end())) / mean;
  row.load_entropy = 0;
  for (const std::int64_t count : row.load) {
    const double share = static_cast<double>(count) / static_cast<double>(all);
    if (share > 0 && layer.experts > 1)
      row.load_entropy -= share * std::log(share) / std::log(static_cast<double>(layer.experts));
  }
  if (!traits(row.gate).top_k) {
    row.dropped = 0;  // experts choose within their room
    return;
  }
  const std::int64_t room =
      expert_capacity(capacity_factor, layer.top_k, static_cast<std::int64_t>(tokens), layer.experts);
  std::int64_t dropped = 0;
  for (const std::int64_t count : row.load) dropped += std::max<std::int64_t>(0, count - room);
  row.dropped = static_cast<double>(dropped) / static_cast<double>(all);
}

class MeanOfKnown {
 public:
  void add(double value) {
    if (std::isnan(value)) return;
    sum_ += value;
    ++count_;
  }
  double mean() const { return count_ > 0 ? sum_ / count_ : kMissing; }

 private:
  double sum_ = 0;
  int count_ = 0;
};

ZooRow row_of(Gate gate, bool as_trained, const Trial& trial, const Trial& plain, std::size_t l,
              const BestSets* sets, double capacity_factor) {
  ZooRow row;
  row.gate = gate;
  row.as_trained = as_trained;
  const TrialLayer &layer = trial.layers[l], &own = plain.layers[l];
  count_load(row, layer, capacity_factor, trial.size());
  row.loss = mean_loss(trial);
  MeanOfKnown entropy, overlap, regret;
  for (std::size_t t = 0; t < trial.size(); ++t) {
    entropy.add(layer.entropy[t]);
    const std::vector<std::int32_t> set = rising_set(layer, t), trained = rising_set(own, t);
    const auto shared = std::count_if(set.begin(), set.end(), [&](std::int32_t e) {
      return std::binary_search(trained.begin(), trained.end(), e);
    });
    if (!set.empty()) overlap.add(static_cast<double>(shared) / static_cast<double>(set.size()));
    if (sets && traits(gate).top_k) regret.add(sets->regret(t, set));
  }
  row.entropy = entropy.mean(), row.overlap = overlap.mean(), row.regret = regret.mean();
  return row;
}

}  // namespace

Result<std::vector<ZooLayer>> router_zoo(const ZooRequest& request, Trials& trials, const InspectToken& inspect) {
  trials.plan(1);
  const auto plain = trials.run({});
  if (!plain) return plain.error();
  const auto layers = static_cast<std::int64_t>(plain->layers.size());
  const bool regrets = request.regret && inspect;
  trials.plan(layers * (static_cast<std::int64_t>(kZooGates.size()) +
                        (regrets ? static_cast<std::int64_t>(plain->size()) : 0)));
  std::vector<ZooLayer> zoo;
  for (std::size_t l = 0; l < plain->layers.size(); ++l) {
    ZooLayer& layer = zoo.emplace_back();
    layer.block = plain->layers[l].block;
    layer.experts = plain->layers[l].experts;
    std::optional<BestSets> sets;
    if (regrets) {
      auto found = BestSets::of_layer(static_cast<std::int32_t>(l), *plain, inspect, trials);
      if (!found) return found.error();
      layer.no_regret = found->why_none();
      layer.sampled = found->sampled();
      if (layer.no_regret.empty()) sets = std::move(*found);
    }
    const BestSets* known = sets ? &*sets : nullptr;
    layer.rows.push_back(row_of(request.trained, true, *plain, *plain, l, known, request.capacity_factor));
    for (const Gate gate : kZooGates) {
      // Of those that plan in training the model as it is does not: in evaluation they choose greedily.
      if ((gate == request.trained && gate != Gate::sinkhorn && gate != Gate::base) ||
          (gate == Gate::hash && !request.has_ids)) {
        if (gate != request.trained) {
          ZooRow& refused = layer.rows.emplace_back();
          refused.gate = gate;
          refused.refused = "goes by characters, and points have none";
        }
        if (auto go_on = trials.count(); !go_on) return go_on.error();
        continue;
      }
      Intervention asked;
      asked.layer(l).gate = gate;
      const auto trial = trials.run(asked);
      if (!trial) return trial.error();
      layer.rows.push_back(row_of(gate, false, *trial, *plain, l, known, request.capacity_factor));
    }
  }
  return zoo;
}

}  // namespace switchyard
