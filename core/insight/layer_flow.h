// Layer flow: how many tokens that expert e had in one MoE layer does e' have in the next, over all k x k pairs of
// a token, or first choices alone. What a Sankey diagram of the network draws.
//
// A table has N N' places, whatever was chosen: layers of more than kMostPairedExperts have none, nor has what
// comes after kMostPairPlaces in all. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/insight/assignments.h"

namespace switchyard {

inline constexpr std::int32_t kMostPairedExperts = 1'024;
inline constexpr std::size_t kMostPairPlaces = std::size_t{32} << 20;

struct FlowFilter {
  Choice choice = Choice::all;
  Among among;  // tokens that count: those of a label, or in a box
  // Only tokens that this expert has in this layer (by `choice`): one expert followed through the network.
  struct Through {
    std::int32_t layer = 0, expert = 0;
  };
  std::optional<Through> through;
};

struct LayerFlow {
  std::int32_t from = 0, to = 0;     // experts of the two layers; 0 of an empty one
  std::vector<std::int64_t> counts;  // [from, to]
  std::int64_t tokens = 0;           // that passed the filter; counts sum to k k' of each

  bool empty() const { return counts.empty(); }
  std::int64_t count(std::int32_t e, std::int32_t next) const {
    return counts[static_cast<std::size_t>(e) * static_cast<std::size_t>(to) + static_cast<std::size_t>(next)];
  }
};

// [layers - 1], between each layer and the next; an empty one where either chooses nothing, or has too many
// experts.
std::vector<LayerFlow> layer_flow(const std::vector<ProbeLayer>& layers, const FlowFilter& filter = {});
// The same of whatever else tells who was given which experts; of the filter's choice they are already.
std::vector<LayerFlow> layer_flow(const std::vector<Assignments>& layers, const FlowFilter& filter = {});

// The tokens with one label, for a filter.
Among with_label(const Labels& labels, std::int32_t label);

}  // namespace switchyard
