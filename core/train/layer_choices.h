// One layer's routing decisions as plain numbers: the one way from tensors to what probe, inspection and route
// report. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "core/model/layers/moe_layer.h"

namespace switchyard {

// Of T tokens; k is the most one has (moe_layer.h, choices_of).
struct LayerChoices {
  std::int32_t block = 0, experts = 0, top_k = 0;
  std::vector<std::int32_t> expert;  // [T, k] best first
  std::vector<float> weight;         // [T, k]
  std::vector<std::uint8_t> kept;    // [T, k] 0: dropped by capacity, or never taken
};
LayerChoices layer_choices(const MoeTrace& seen, const Choices& choices);
// Of one token alone, T = 1.
LayerChoices layer_choices(const MoeTrace& seen, const Choices& choices, std::int64_t token);

// The names are the same wherever they are reported.
template <class Layer>
void report(LayerChoices&& choices, Layer& layer) {
  layer.block = choices.block;
  layer.experts = choices.experts;
  layer.top_k = choices.top_k;
  layer.expert = std::move(choices.expert);
  layer.weight = std::move(choices.weight);
  layer.kept = std::move(choices.kept);
}

}  // namespace switchyard
