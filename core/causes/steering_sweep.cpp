#include "core/causes/steering_sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace switchyard {
namespace {

// [N] lift of a label among each expert's choices; NaN where there are too few to tell.
std::vector<double> lifts(const TrialLayer& layer, const std::vector<std::int32_t>& label, std::int32_t wanted) {
  const auto k = static_cast<std::size_t>(layer.top_k);
  std::vector<double> own(static_cast<std::size_t>(layer.experts), 0), all = own;
  double choices = 0;
  for (std::size_t a = 0; a < layer.expert.size(); ++a) {
    if (!is_choice(layer, a)) continue;
    const auto e = static_cast<std::size_t>(layer.expert[a]);
    ++choices, ++all[e];
    own[e] += label[a / k] == wanted;
  }
  const double least = kLeastOfFairShare * choices / static_cast<double>(layer.experts);
  const double share =
      static_cast<double>(std::count(label.begin(), label.end(), wanted)) / static_cast<double>(label.size());
  for (std::size_t e = 0; e < own.size(); ++e)
    own[e] = all[e] > 0 && all[e] >= least ? own[e] / all[e] / share : kMissing;
  return own;
}

Result<std::vector<SteeredExpert>> steered_by(const SteeringRequest& request, const Trial& plain,
                                              const TokenGroups& groups) {
  std::vector<SteeredExpert> steered;
  const auto layers = static_cast<std::int32_t>(plain.layers.size());
  if (request.layer >= layers)
    return usage_error(fmt::format("layer {}: the model has MoE layers 0 to {}", request.layer, layers - 1));
  std::int32_t wanted = -1;
  if (!request.label.empty()) {
    const auto at = std::find(groups.labels.begin(), groups.labels.end(), request.label);
    wanted = static_cast<std::int32_t>(at - groups.labels.begin());
    if (at == groups.labels.end() ||
        std::find(groups.label.begin(), groups.label.end(), wanted) == groups.label.end())
      return usage_error(fmt::format("'{}': no token has it; allowed is {}", request.label,
                                     groups.labels.empty()
                                         ? std::string("an expert's number, since this text has no domains")
                                         : fmt::format("{}", fmt::join(groups.labels, ", "))));
  }
  for (std::int32_t l = 0; l < layers; ++l) {
    if (request.layer >= 0 && l != request.layer) continue;
    const TrialLayer& layer = plain.layers[static_cast<std::size_t>(l)];
    if (wanted < 0) {
      if (request.expert < 0 || request.expert >= layer.experts)
        return usage_error(
            fmt::format("expert {}: layer {} has experts 0 to {}", request.expert, l, layer.experts - 1));
      steered.push_back({l, layer.block, request.expert, kMissing});
      continue;
    }
    const std::vector<double> lift = lifts(layer, groups.label, wanted);
    std::vector<std::int32_t> order;
    for (std::int32_t e = 0; e < layer.experts; ++e)
      if (!std::isnan(lift[static_cast<std::size_t>(e)])) order.push_back(e);
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
      return lift[static_cast<std::size_t>(a)] > lift[static_cast<std::size_t>(b)];
    });
    order.resize(std::min(order.size(), static_cast<std::size_t>(layer.top_k)));
    for (const std::int32_t e : order) steered.push_back({l, layer.block, e, lift[static_cast<std::size_t>(e)]});
  }
  return steered;
}

SteeringPoint point_of(double alpha, const Trial& trial, const SteeringSweep& sweep) {
  SteeringPoint point;
  point.alpha = alpha;
  point.loss = mean_loss(trial);
  point.accuracy = accuracy_of(trial);
  const std::vector<double> losses(trial.loss.begin(), trial.loss.end());
  for (const TokenGroup& group : sweep.groups.groups)
    point.loss_by_group.push_back(mean_of(losses, group, sweep.groups.half).all);
  std::vector<double> mix(sweep.groups.labels.size(), 0);
  double own = 0, all = 0, labelled = 0;
  for (std::size_t l = 0; l < trial.layers.size(); ++l) {
    const TrialLayer& layer = trial.layers[l];
    std::vector<bool> is_steered(static_cast<std::size_t>(layer.experts), false);
    bool any = false;
    for (const SteeredExpert& one : sweep.steered)
      if (one.layer == static_cast<std::int32_t>(l)) is_steered[static_cast<std::size_t>(one.expert)] = any = true;
    if (!any) continue;
    for (std::size_t a = 0; a < layer.expert.size(); ++a) {
      if (!is_choice(layer, a)) continue;
      ++all;
      if (!is_steered[static_cast<std::size_t>(layer.expert[a])]) continue;
      ++own;
      const std::int32_t label = sweep.groups.label[a / static_cast<std::size_t>(layer.top_k)];
      if (label < 0) continue;
      ++labelled;
      ++mix[static_cast<std::size_t>(label)];
    }
  }
  for (double& share : mix) share = labelled > 0 ? share / labelled : kMissing;
  point.mix = std::move(mix);
  point.load = all > 0 ? own / all : kMissing;
  return point;
}

}  // namespace

Result<SteeringSweep> steering_sweep(const SteeringRequest& request, Trials& trials) {
  if (request.alphas.empty()) return usage_error("steering: no α is given; allowed is at least one number");
  trials.plan(1 + static_cast<std::int64_t>(request.alphas.size()));
  const auto plain = trials.run({});
  if (!plain) return plain.error();
  SteeringSweep sweep;
  sweep.groups = token_groups(*plain);
  auto steered = steered_by(request, *plain, sweep.groups);
  if (!steered) return steered.error();
  sweep.steered = std::move(*steered);
  std::erase_if(sweep.groups.groups, [](const TokenGroup& group) { return group.kind == GroupKind::character; });
  for (const double alpha : request.alphas) {
    Intervention asked;
    for (const SteeredExpert& one : sweep.steered) {
      std::vector<float>& steer = asked.layer(static_cast<std::size_t>(one.layer)).steer;
      steer.resize(static_cast<std::size_t>(plain->layers[static_cast<std::size_t>(one.layer)].experts), 0.F);
      steer[static_cast<std::size_t>(one.expert)] = static_cast<float>(alpha);
    }
    const auto trial = trials.run(asked);
    if (!trial) return trial.error();
    sweep.points.push_back(point_of(alpha, *trial, sweep));
  }
  return sweep;
}

}  // namespace switchyard
