#include "core/train/looks/inspector.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/gates.h"
#include "core/config/knobs.h"
#include "core/insight/route_sets.h"
#include "core/model/base/to_vector.h"
#include "core/train/looks/layer_choices.h"

namespace switchyard {
namespace {

Inspection::Layer layer_of(const MoeTrace& seen, std::int64_t token) {
  Inspection::Layer layer;
  static_cast<LayerChoices&>(layer) = layer_choices(seen, choices_of(seen), token);
  if (seen.routing.probs.defined()) layer.probability = to_vector<float>(seen.routing.probs[token]);
  if (seen.routing.logits.defined() && !seen.soft) layer.logit = to_vector<float>(seen.routing.logits[token]);
  return layer;
}

// [N] 1 where nobody can choose the expert; empty: nobody is banned.
std::vector<std::uint8_t> banned_in(const PassContext& context, std::int32_t block) {
  const LayerEdits* edits = context.routing.edits.get();
  if (!edits || block >= static_cast<std::int32_t>(edits->size())) return {};
  const at::Tensor& banned = (*edits)[static_cast<std::size_t>(block)].banned;
  if (!banned.defined() || banned.dim() != 1) return {};
  return to_vector<std::uint8_t>(banned.to(at::kByte));
}

std::string why_no_regret(const Config& config, std::int32_t experts) {
  const GateTraits gate = traits(config.gate);
  if (!gate.top_k)
    return fmt::format("gate = {}: tokens do not choose k experts, so there is no other set of k",
                       to_text(find_knob("gate")->get(config)));
  if (config.top_k >= experts) return "top_k takes all experts that can be chosen: there is no other set";
  return {};
}

}  // namespace

Inspection inspection_of(const ForwardPass& pass, std::int32_t layer, std::int32_t token, const Config& config) {
  at::NoGradGuard no_grad;
  Inspection inspection;
  inspection.layer = layer;
  inspection.token = token;
  for (const MoeTrace& seen : pass.trace) inspection.layers.push_back(layer_of(seen, token));
  if (layer < 0) {
    inspection.done = true;
    return inspection;
  }
  const Inspection::Layer& asked = inspection.layers[static_cast<std::size_t>(layer)];
  // Those who are muted are in no set.
  const at::Tensor& banned = pass.trace[static_cast<std::size_t>(layer)].banned;
  const auto open =
      asked.experts -
      (banned.defined() ? static_cast<std::int32_t>(banned.count_nonzero().item<std::int64_t>()) : 0);
  inspection.no_regret = why_no_regret(config, open);
  inspection.done = !inspection.no_regret.empty();
  if (inspection.done) return inspection;
  inspection.own = asked.expert;
  std::sort(inspection.own.begin(), inspection.own.end());
  inspection.possible = combinations(open, asked.top_k) - 1;
  inspection.planned =
      static_cast<std::int64_t>(std::min(inspection.possible, static_cast<double>(kMostRouteSets)));
  return inspection;
}

void try_more_sets(Inspection& inspection, const PassContext& context, const RerouteLoss& loss_of) {
  if (inspection.done) return;
  const Inspection::Layer& layer = inspection.layers[static_cast<std::size_t>(inspection.layer)];
  const auto k = static_cast<std::int64_t>(inspection.own.size());
  const auto planned = route_sets(layer.experts, layer.top_k, inspection.own, kMostRouteSets,
                                  static_cast<std::uint64_t>(inspection.token), banned_in(context, layer.block));
  const auto tried = static_cast<std::int64_t>(inspection.sets.size());
  const std::int64_t count = std::min(kRouteSetsAtOnce, static_cast<std::int64_t>(planned.size()) - tried);

  // The own route first: it is compared with by the same weights and the same arithmetic.
  std::vector<std::int64_t> experts(inspection.own.begin(), inspection.own.end());
  for (std::int64_t i = tried; i < tried + count; ++i) {
    const auto& set = planned[static_cast<std::size_t>(i)];
    experts.insert(experts.end(), set.begin(), set.end());
  }
  Detour detour;
  detour.token = inspection.token;
  detour.block = layer.block;
  detour.experts = torch::tensor(experts, at::kLong).view({count + 1, k});
  const std::vector<float> loss = to_vector<float>(loss_of(detour));
  for (std::int64_t i = 0; i < count; ++i)
    inspection.sets.push_back(
        {planned[static_cast<std::size_t>(tried + i)], loss[static_cast<std::size_t>(i + 1)] - loss[0]});
  std::stable_sort(inspection.sets.begin(), inspection.sets.end(),
                   [](const RouteSet& a, const RouteSet& b) { return a.difference < b.difference; });
  inspection.done = static_cast<std::int64_t>(inspection.sets.size()) >= static_cast<std::int64_t>(planned.size());
}

}  // namespace switchyard
