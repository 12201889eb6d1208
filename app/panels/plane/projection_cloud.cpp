#include "app/panels/plane/projection_cloud.h"

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
  if (seen.gate_pca.empty() && seen.logits.empty()) return "this gate has no logits";
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

PlaneComponents components_of(const CloudPlane& plane) {
  const std::size_t points = plane.xy.size() / 2;
  if (!std::isfinite(plane.explained[0]) || !std::isfinite(plane.explained[1])) return {};
  double mean_x = 0, mean_y = 0, xx = 0, xy = 0, yy = 0, known = 0;
  const auto each = [&](auto use) {
    for (std::size_t i = 0; i < points; ++i)
      if (std::isfinite(plane.xy[2 * i]) && std::isfinite(plane.xy[2 * i + 1]))
        use(i, plane.xy[2 * i] - mean_x, plane.xy[2 * i + 1] - mean_y);
  };
  double sum_x = 0, sum_y = 0;
  each([&](std::size_t, double x, double y) { sum_x += x, sum_y += y, ++known; });
  if (!(known > 1)) return {};
  mean_x = sum_x / known, mean_y = sum_y / known;
  each([&](std::size_t, double x, double y) { xx += x * x, xy += x * y, yy += y * y; });
  if (!(xx + yy > 0)) return {};
  // The eigenvectors of a symmetric 2 x 2 matrix are a turn by this angle.
  const double angle = 0.5 * std::atan2(2 * xy, xx - yy), c = std::cos(angle), s = std::sin(angle);
  const double first = c * c * xx + 2 * c * s * xy + s * s * yy, whole = xx + yy;
  const double known_share = static_cast<double>(plane.explained[0]) + static_cast<double>(plane.explained[1]);
  PlaneComponents out{std::vector<float>(plane.xy.size(), static_cast<float>(kMissing)),
                      {static_cast<float>(known_share * first / whole),
                       static_cast<float>(known_share * (whole - first) / whole)}};
  // The first one's sign is that of the axis it lies nearest to; the second lies a quarter of a turn on, as the
  // axes do.
  const double sign = std::abs(c) >= std::abs(s) ? (c < 0 ? -1 : 1) : (s < 0 ? -1 : 1);
  each([&](std::size_t i, double x, double y) {
    out.xy[2 * i] = static_cast<float>(sign * (c * x + s * y));
    out.xy[2 * i + 1] = static_cast<float>(sign * (c * y - s * x));
  });
  return out;
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
