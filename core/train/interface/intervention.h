// What a model is asked to do other than it learned to, for a look at what would come of it: an edit of its MoE
// layers' routing that changes no weight. Free of torch.
//
// N experts, k a token, T tokens of the look. Thread safety: values; pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/config/config.h"

namespace switchyard {

// Of one MoE layer; what is empty does nothing.
struct LayerIntervention {
  std::vector<std::uint8_t> banned;  // [N] 1: cannot be chosen; the next best is. Hash: the next by number
  std::vector<std::uint8_t> banned_of_token;   // [T N] the same of single tokens
  std::vector<std::uint8_t> silenced;          // [N] 1: chosen, but adds nothing
  std::vector<std::int32_t> stand_in;          // [N] who computes in an expert's place: itself, or another
  std::vector<std::int32_t> stand_in_choices;  // [T k] the same of single choices; -1: as stand_in says
  // [N] added to the logits before all else. All zeros: the same bits as none.
  std::vector<float> steer;
  std::vector<std::uint8_t> silenced_choices;  // [T k] 1: this choice of this token adds nothing
  std::vector<std::int32_t> forced;            // [T k] the experts of each token; their weights are the gate's
  // Another rule on the same logits; sinkhorn and base by their plan over all tokens, as in training.
  std::optional<Gate> gate;

  bool empty() const { return *this == LayerIntervention{}; }
  bool operator==(const LayerIntervention&) const = default;
};

struct Intervention {
  std::vector<LayerIntervention> layers;  // by MoE layer, from 0; fewer than the model has: the rest as they are

  // That layer, made where it is not there yet.
  LayerIntervention& layer(std::size_t index) {
    if (layers.size() <= index) layers.resize(index + 1);
    return layers[index];
  }
};

// What the configuration itself asks for, in training and in all else: muted experts are banned, steered ones
// steered.
Intervention standing_intervention(const Config& config);
// Both: banned by either, steered by the sum; but no standing ban where choices are forced, no steer without
// logits.
Intervention on_top_of(const Intervention& standing, Intervention asked);

// usage, naming layer, part and what is allowed: sizes that are not the model's, experts that there are not, fewer
// than k left to choose; a part that has no meaning for the gate (steer of hash and random, anything of soft,
// forced of expert choice). `layers`: MoE layers of the model; `tokens`: T of the look, -1: not for one look, so
// neither silenced_choices nor forced.
Result<void> check_intervention(const Intervention& asked, const Config& config, std::int64_t layers,
                                std::int64_t tokens);

}  // namespace switchyard
