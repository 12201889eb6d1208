#include "core/insight/layer_flow.h"

#include <algorithm>

namespace switchyard {

std::vector<LayerFlow> layer_flow(const std::vector<ProbeLayer>& layers, const FlowFilter& filter) {
  std::vector<Assignments> all;
  for (const ProbeLayer& layer : layers) all.push_back(assignments_of(layer, filter.choice));
  return layer_flow(all, filter);
}

std::vector<LayerFlow> layer_flow(const std::vector<Assignments>& all, const FlowFilter& filter) {
  std::vector<LayerFlow> flows;
  if (all.size() < 2) return flows;
  const std::size_t tokens = all.front().tokens();
  const auto passes = [&](std::size_t t) {
    if (filter.among.size() == tokens && filter.among[t] == 0) return false;
    if (!filter.through) return true;
    const auto layer = static_cast<std::size_t>(filter.through->layer);
    if (layer >= all.size() || t >= all[layer].tokens()) return false;
    const auto experts = all[layer].of(t);
    return std::find(experts.begin(), experts.end(), filter.through->expert) != experts.end();
  };
  std::size_t left = kMostPairPlaces;
  for (std::size_t l = 0; l + 1 < all.size(); ++l) {
    const Assignments &here = all[l], &there = all[l + 1];
    LayerFlow& flow = flows.emplace_back();
    if (here.tokens() == 0 || here.tokens() != there.tokens()) continue;
    const std::size_t places = static_cast<std::size_t>(here.experts) * static_cast<std::size_t>(there.experts);
    if (std::max(here.experts, there.experts) > kMostPairedExperts || places > left) continue;
    left -= places;
    flow.from = here.experts;
    flow.to = there.experts;
    flow.counts.assign(places, 0);
    for (std::size_t t = 0; t < here.tokens(); ++t) {
      if (!passes(t)) continue;
      ++flow.tokens;
      for (const std::int32_t e : here.of(t))
        for (const std::int32_t next : there.of(t))
          ++flow.counts[static_cast<std::size_t>(e) * static_cast<std::size_t>(flow.to) +
                        static_cast<std::size_t>(next)];
    }
  }
  return flows;
}

Among with_label(const Labels& labels, std::int32_t label) {
  Among among(labels.of.size());
  std::transform(labels.of.begin(), labels.of.end(), among.begin(),
                 [label](std::int32_t own) { return static_cast<std::uint8_t>(own == label); });
  return among;
}

}  // namespace switchyard
