// The clouds the projection can show of a look: the routers' input, their logits, and what goes into the model; each in
// its two leading components where the look holds them, and as the vectors t-SNE starts from.
//
// Pure functions; views into the look.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "app/run/ui_state.h"
#include "core/base/records.h"

namespace switchyard::app {

inline constexpr std::array<ProjectedCloud, 3> kClouds{ProjectedCloud::hidden, ProjectedCloud::logits, ProjectedCloud::inputs};
std::string_view name_of(ProjectedCloud of);  // "hidden states", …

// Empty: the model has such a cloud in this layer; else why not, for a sentence of its own.
std::string_view why_no_cloud(const Snapshot& look, std::size_t layer, ProjectedCloud of);

struct CloudPlane {
  std::span<const float> xy;  // [tokens, 2]; empty: the look does not hold it
  // Share of the cloud's variance along each axis; NaN where the axes are coordinates and no components.
  std::array<float, 2> explained{};
  // [N, 2] in the same axes: where an expert's logit grows. Rows of the gate, or the logits' own axes; empty: none.
  std::span<const float> directions;
};
CloudPlane plane_of(const Snapshot& look, std::size_t layer, ProjectedCloud of);

// The leading components themselves, which the steady axes of a plane are a turn away from.
struct PlaneComponents {
  std::vector<float> xy;             // [tokens, 2], in the directions nearest to the axes
  std::array<float, 2> explained{};  // share of variance of each, the larger first
};
// By the covariance of the points within the plane. Empty where the axes are coordinates and no components.
PlaneComponents components_of(const CloudPlane& plane);

struct CloudVectors {
  std::span<const float> values;  // [tokens, width]; empty: the look does not hold them
  std::size_t width = 0;
};
CloudVectors vectors_of(const Snapshot& look, std::size_t layer, ProjectedCloud of);

// Adds to what later looks like this one should hold; what every look holds is not asked for.
void watch_plane(Watch& watch, const Snapshot& look, ProjectedCloud of);
void watch_vectors(Watch& watch, const Snapshot& look, std::size_t layer, ProjectedCloud of);

// Length the longest of the directions is drawn with, in units of the plane: nearly to the rim of the cloud, so that
// 95 of 100 points lie no farther out. One factor for all of them: lengths compare, with each other only.
float arrow_reach(std::span<const float> xy);

}  // namespace switchyard::app
