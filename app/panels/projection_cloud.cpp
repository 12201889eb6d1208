#include "app/panels/projection_cloud.h"

#include <algorithm>
#include <cmath>

namespace switchyard::app {

std::string_view name_of(ProjectedCloud of) {
  switch (of) {
    case ProjectedCloud::hidden: return "hidden states";
    case ProjectedCloud::logits: return "router logits";
    case ProjectedCloud::inputs: return "raw inputs";
  }
  return "";
}

std::string_view why_no_cloud(const Snapshot& look, std::size_t layer, ProjectedCloud of) {
  if (of != ProjectedCloud::logits) return {};
  const ProbeLayer& seen = look.layers[layer];
  if (!seen.choices) return "soft mixing has logits of slots, not of experts";
  if (seen.gate_pca.empty()) return "this gate has no logits";
  if (seen.experts < 2) return "one expert has one logit: there is no plane of it";
  return {};
}

CloudPlane plane_of(const Snapshot& look, std::size_t layer, ProjectedCloud of) {
  const ProbeLayer& seen = look.layers[layer];
  const auto experts = static_cast<std::size_t>(std::max(0, seen.experts));
  CloudPlane out;
  switch (of) {
    case ProjectedCloud::hidden:
      out = {seen.pca, seen.explained, {}};
      // Soft mixing has a row a slot.
      if (seen.choices && seen.gate_pca.size() == 2 * experts) out.directions = seen.gate_pca;
      return out;
    case ProjectedCloud::logits:
      out = {seen.logit_plane.xy, seen.logit_plane.explained, {}};
      if (seen.logit_plane.axes.size() == 2 * experts) out.directions = seen.logit_plane.axes;
      return out;
    case ProjectedCloud::inputs:
      break;
  }
  if (!look.points) return {look.embedding_plane.xy, look.embedding_plane.explained, {}};
  constexpr auto none = static_cast<float>(kMissing);
  return {look.points->xy, look.points->dims == 2 ? std::array{none, none} : look.points->explained, {}};
}

CloudVectors vectors_of(const Snapshot& look, std::size_t layer, ProjectedCloud of) {
  const ProbeLayer& seen = look.layers[layer];
  switch (of) {
    case ProjectedCloud::hidden: return {seen.input, static_cast<std::size_t>(seen.input_width)};
    case ProjectedCloud::logits: return {seen.logits, static_cast<std::size_t>(seen.experts)};
    case ProjectedCloud::inputs: break;
  }
  if (look.points) return {look.points->x, static_cast<std::size_t>(look.points->dims)};
  return {look.embedding, static_cast<std::size_t>(look.embedding_width)};
}

void watch_plane(Watch& watch, const Snapshot& look, ProjectedCloud of) {
  if (of == ProjectedCloud::logits) watch.logit_plane = true;
  if (of == ProjectedCloud::inputs && look.tokens) watch.embedding_plane = true;
}

void watch_vectors(Watch& watch, const Snapshot& look, std::size_t layer, ProjectedCloud of) {
  if (of == ProjectedCloud::hidden) watch.input = static_cast<std::int32_t>(layer);
  if (of == ProjectedCloud::logits) watch.distributions = true;
  if (of == ProjectedCloud::inputs && look.tokens) watch.embeddings = true;
}

float arrow_reach(std::span<const float> xy) {
  std::vector<float> away;
  away.reserve(xy.size() / 2);
  for (std::size_t i = 0; i + 1 < xy.size(); i += 2) {
    const float d = std::hypot(xy[i], xy[i + 1]);
    if (std::isfinite(d)) away.push_back(d);
  }
  if (away.empty()) return 0;
  const auto at = away.begin() + static_cast<std::ptrdiff_t>((away.size() - 1) * 95 / 100);
  std::nth_element(away.begin(), at, away.end());
  return *at;
}

}  // namespace switchyard::app
