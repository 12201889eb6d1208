#include "core/train/interface/intervention.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/config/expert_names.h"
#include "core/config/gates.h"
#include "core/config/knobs.h"

namespace switchyard {
namespace {

std::string gate_text(Gate gate) {
  Config config;
  config.gate = gate;
  return to_text(find_knob("gate")->get(config));
}

template <class Each>
Result<void> sized(const char* part, const std::vector<Each>& of, std::int64_t wanted, std::size_t layer) {
  if (of.empty() || static_cast<std::int64_t>(of.size()) == wanted) return {};
  return usage_error(fmt::format("layer {}: {} has {} entries, allowed is {}", layer, part, of.size(), wanted));
}

Result<void> known(const char* part, const std::vector<std::int32_t>& experts, std::int64_t count,
                   std::int32_t least, std::size_t layer) {
  for (const std::int32_t expert : experts)
    if (expert < least || expert >= count)
      return usage_error(
          fmt::format("layer {}: {} names expert {}, allowed is 0 to {}", layer, part, expert, count - 1));
  return {};
}

// A vector of zeros asks for nothing.
template <class Each>
bool asks(const std::vector<Each>& of) {
  return std::any_of(of.begin(), of.end(), [](Each one) { return one != 0; });
}

Result<void> check_layer(const LayerIntervention& asked, const Config& config, std::int64_t tokens,
                         std::size_t layer) {
  const Gate gate = asked.gate.value_or(config.gate);
  const GateTraits has = traits(gate);
  if (config.gate == Gate::soft || gate == Gate::soft)
    return usage_error(fmt::format(
        "layer {}: gate = soft mixes all tokens, so no expert is chosen that could be another", layer));
  if (asked.gate == Gate::hash && config.task != TaskKind::language)
    return usage_error(fmt::format("layer {}: gate = hash goes by characters, and points have none", layer));
  if (asks(asked.steer) && !has.logits)
    return usage_error(fmt::format("layer {}: gate = {} has no logits to steer by", layer, gate_text(gate)));
  const bool single = !asked.forced.empty() || !asked.silenced_choices.empty() ||
                      !asked.stand_in_choices.empty() || asks(asked.banned_of_token);
  if (single && (tokens < 0 || (!has.top_k && has.choices)))
    return usage_error(
        fmt::format("layer {}: single choices can be named where every token has top_k of them, and of one look; "
                    "gate = {}",
                    layer, gate_text(gate)));
  const std::int64_t n = config.experts, choices = tokens * config.top_k;
  for (const Result<void>& good :
       {sized("banned", asked.banned, n, layer), sized("silenced", asked.silenced, n, layer),
        sized("stand_in", asked.stand_in, n, layer), sized("steer", asked.steer, n, layer),
        sized("silenced_choices", asked.silenced_choices, choices, layer),
        sized("forced", asked.forced, choices, layer),
        sized("stand_in_choices", asked.stand_in_choices, choices, layer),
        sized("banned_of_token", asked.banned_of_token, tokens * n, layer),
        known("stand_in", asked.stand_in, n, 0, layer),
        known("stand_in_choices", asked.stand_in_choices, n, -1, layer),
        known("forced", asked.forced, n, 0, layer)})
    if (!good) return good;
  for (std::size_t t = 0; t + 1 <= asked.forced.size() / static_cast<std::size_t>(config.top_k); ++t) {
    const auto row = asked.forced.begin() + static_cast<std::ptrdiff_t>(t) * config.top_k;
    for (std::int64_t j = 1; j < config.top_k; ++j)
      if (std::find(row, row + j, row[j]) != row + j)
        return usage_error(fmt::format("layer {}: forced gives token {} expert {} twice", layer, t, row[j]));
  }
  if (std::any_of(asked.steer.begin(), asked.steer.end(), [](float by) { return !std::isfinite(by); }))
    return usage_error(fmt::format("layer {}: steer is no number, allowed is any that is", layer));
  const std::int64_t needed = has.top_k ? config.top_k : 1;
  for (const std::vector<std::uint8_t>* banned : {&asked.banned, &asked.banned_of_token})
    for (auto row = banned->begin(); row != banned->end(); row += n)
      if (const auto left = std::count(row, row + n, 0); left < needed)
        return usage_error(fmt::format("layer {}: {} experts are left to choose from, allowed is at least {}",
                                       layer, left, needed));
  if (asks(asked.banned_of_token) &&
      (asks(asked.banned) || asked.gate == Gate::sinkhorn || asked.gate == Gate::base))
    return usage_error(fmt::format(
        "layer {}: banned_of_token goes with neither banned nor the plans of sinkhorn and base", layer));
  if ((asks(asked.banned) || asks(asked.banned_of_token)) && !asked.forced.empty())
    return usage_error(
        fmt::format("layer {}: forced leaves nothing to choose, so it does not go with banned", layer));
  return {};
}

}  // namespace

Intervention standing_intervention(const Config& config) {
  Intervention standing;
  if (config.muted != kNobody) {
    const std::vector<NamedInLayer> muted = named_in_layers(config.muted, config);
    for (std::size_t l = 0; l < muted.size(); ++l) standing.layer(l).banned = muted[l].experts;
  }
  if (config.steered != kNobody && config.steer != 0) {
    const std::vector<NamedInLayer> steered = named_in_layers(config.steered, config);
    for (std::size_t l = 0; l < steered.size(); ++l)
      for (const std::uint8_t named : steered[l].experts)
        standing.layer(l).steer.push_back(named != 0 ? static_cast<float>(config.steer) : 0.0F);
  }
  return standing;
}

Intervention on_top_of(const Intervention& standing, Intervention asked) {
  for (std::size_t l = 0; l < standing.layers.size(); ++l) {
    const LayerIntervention& below = standing.layers[l];
    LayerIntervention& layer = asked.layer(l);
    // Given routes leave nothing to choose.
    if (asks(below.banned) && layer.forced.empty()) {
      // Of single tokens or of all: each entry, or row of them, with what stands.
      if (!asks(layer.banned)) layer.banned.clear();
      if (!asks(layer.banned_of_token)) layer.banned_of_token.clear();
      std::vector<std::uint8_t>& banned = layer.banned_of_token.empty() ? layer.banned : layer.banned_of_token;
      if (banned.empty()) banned = below.banned;
      for (std::size_t e = 0; e < banned.size(); ++e)
        banned[e] = banned[e] != 0 || below.banned[e % below.banned.size()] != 0 ? 1 : 0;
    }
    // A rule without logits has none to steer by.
    if (!asks(below.steer) || (layer.gate && !traits(*layer.gate).logits)) continue;
    if (layer.steer.empty()) layer.steer = below.steer;
    else
      for (std::size_t e = 0; e < std::min(layer.steer.size(), below.steer.size()); ++e)
        layer.steer[e] += below.steer[e];
  }
  return asked;
}

Result<void> check_intervention(const Intervention& asked, const Config& config, std::int64_t layers,
                                std::int64_t tokens) {
  if (static_cast<std::int64_t>(asked.layers.size()) > layers)
    return usage_error(fmt::format("layer {}: the model has {} MoE layers", asked.layers.size() - 1, layers));
  for (std::size_t l = 0; l < asked.layers.size(); ++l)
    if (!asked.layers[l].empty())
      if (auto good = check_layer(asked.layers[l], config, tokens, l); !good) return good;
  return {};
}

}  // namespace switchyard
