#include "core/causes/reference_routes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace switchyard {
namespace {

// [T k] of one layer: what the label's tokens are sent to most. A token without a label keeps its own.
std::vector<std::int32_t> by_label(const TrialLayer& layer, const TokenGroups& groups) {
  const auto k = static_cast<std::size_t>(layer.top_k), n = static_cast<std::size_t>(layer.experts);
  std::vector<std::vector<std::int64_t>> count(groups.labels.size(), std::vector<std::int64_t>(n, 0));
  for (std::size_t a = 0; a < layer.expert.size(); ++a)
    if (const std::int32_t label = groups.label[a / k]; label >= 0 && is_choice(layer, a))
      ++count[static_cast<std::size_t>(label)][static_cast<std::size_t>(layer.expert[a])];
  std::vector<std::vector<std::int32_t>> set;
  for (const auto& of : count) {
    std::vector<std::int32_t> order(n);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
      return of[static_cast<std::size_t>(a)] > of[static_cast<std::size_t>(b)];
    });
    order.resize(k);
    set.push_back(std::move(order));
  }
  std::vector<std::int32_t> forced = layer.expert;
  for (std::size_t t = 0; t * k < forced.size(); ++t)
    if (const std::int32_t label = groups.label[t]; label >= 0)
      std::copy_n(set[static_cast<std::size_t>(label)].begin(), k,
                  forced.begin() + static_cast<std::ptrdiff_t>(t * k));
  return forced;
}

class References {
 public:
  References(const ReferenceRequest& request, Trials& trials, const InspectToken& inspect, Trial plain)
      : request_(request), trials_(trials), inspect_(inspect), plain_(std::move(plain)) {
    made_.groups = token_groups(plain_);
    std::erase_if(made_.groups.groups, [](const TokenGroup& group) { return group.kind == GroupKind::character; });
  }

  Result<ReferenceRoutes> run() {
    const auto layers = static_cast<std::int64_t>(plain_.layers.size());
    const bool best = request_.best && request_.has_choices && inspect_;
    trials_.plan(4 + (best ? layers * static_cast<std::int64_t>(plain_.size()) : 0));
    add(Reference::learned, plain_);
    const std::string no_choices = "tokens of this gate do not choose top_k experts each";
    const auto label = [&]() -> Result<void> {
      if (!request_.has_choices) return missing(Reference::label, no_choices);
      if (!labelled()) return missing(Reference::label, "the text has no domains");
      return tried(Reference::label,
                   [&](std::size_t l) { return forced(by_label(plain_.layers[l], made_.groups)); });
    };
    if (auto done = label(); !done) return done.error();
    if (auto done = best                   ? best_sets()
                    : request_.has_choices ? missing(Reference::best, "not asked for")
                                           : missing(Reference::best, no_choices);
        !done)
      return done.error();
    if (auto done = request_.has_ids ? tried(Reference::hash, [](std::size_t) { return by_gate(Gate::hash); })
                                     : missing(Reference::hash, "points have no characters");
        !done)
      return done.error();
    if (auto done = tried(Reference::random, [](std::size_t) { return by_gate(Gate::random); }); !done)
      return done.error();
    judge();
    return std::move(made_);
  }

 private:
  static LayerIntervention forced(std::vector<std::int32_t> experts) {
    LayerIntervention asked;
    asked.forced = std::move(experts);
    return asked;
  }
  static LayerIntervention by_gate(Gate gate) {
    LayerIntervention asked;
    asked.gate = gate;
    return asked;
  }
  bool labelled() const {
    return std::any_of(made_.groups.label.begin(), made_.groups.label.end(),
                       [](std::int32_t one) { return one >= 0; });
  }

  void add(Reference reference, const Trial& trial) {
    ReferenceRoute& route = made_.routes.emplace_back();
    route.reference = reference;
    route.loss = mean_loss(trial);
    route.accuracy = accuracy_of(trial);
    const std::vector<double> losses(trial.loss.begin(), trial.loss.end());
    for (const TokenGroup& group : made_.groups.groups)
      route.loss_by_group.push_back(mean_of(losses, group, made_.groups.half).all);
  }

  Result<void> missing(Reference reference, std::string why) {
    made_.routes.push_back({reference, std::move(why), kMissing, kMissing, {}});
    return trials_.count();
  }

  template <class OfLayer>
  Result<void> tried(Reference reference, const OfLayer& of_layer) {
    Intervention asked;
    for (std::size_t l = 0; l < plain_.layers.size(); ++l) asked.layer(l) = of_layer(l);
    const auto trial = trials_.run(asked);
    if (!trial) return trial.error();
    add(reference, *trial);
    return {};
  }

  Result<void> best_sets() {
    Intervention asked;
    for (std::size_t l = 0; l < plain_.layers.size(); ++l) {
      const TrialLayer& layer = plain_.layers[l];
      const auto found = BestSets::of_layer(static_cast<std::int32_t>(l), plain_, inspect_, trials_);
      if (!found) return found.error();
      if (!found->why_none().empty()) return missing(Reference::best, found->why_none());
      made_.sampled |= found->sampled();
      std::vector<std::int32_t> experts = layer.expert;
      for (std::size_t t = 0; t < plain_.size(); ++t)
        std::copy(found->best(t).begin(), found->best(t).end(),
                  experts.begin() + static_cast<std::ptrdiff_t>(t) * layer.top_k);
      asked.layer(l).forced = std::move(experts);
    }
    const auto trial = trials_.run(asked);
    if (!trial) return trial.error();
    add(Reference::best, *trial);
    return {};
  }

  void judge() {
    double chance = kMissing, best = kMissing;
    for (const ReferenceRoute& route : made_.routes) {
      if (route.reference == Reference::best) best = route.loss;
      if (route.reference == Reference::hash || route.reference == Reference::random)
        chance = std::fmax(chance, route.loss);
    }
    const double learned = made_.routes.front().loss;
    if (std::isnan(best)) made_.place = RouterPlace::best_not_known;
    if (learned > chance) made_.place = RouterPlace::worse_than_chance;
    if (learned < best) made_.place = RouterPlace::better_than_best;
  }

  const ReferenceRequest& request_;
  Trials& trials_;
  const InspectToken& inspect_;
  const Trial plain_;
  ReferenceRoutes made_;
};

}  // namespace

std::string_view name_of(Reference reference) {
  switch (reference) {
    case Reference::label:
      return "label";
    case Reference::best:
      return "best";
    case Reference::hash:
      return "hash";
    case Reference::random:
      return "random";
    case Reference::learned:
      break;
  }
  return "learned";
}

Result<ReferenceRoutes> reference_routes(const ReferenceRequest& request, Trials& trials,
                                         const InspectToken& inspect) {
  trials.plan(1);
  auto plain = trials.run({});
  if (!plain) return plain.error();
  if (plain->layers.empty()) return usage_error("this model has no MoE layer: there is no route to compare");
  return References(request, trials, inspect, std::move(*plain)).run();
}

}  // namespace switchyard
