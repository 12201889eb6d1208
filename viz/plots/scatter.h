// Up to 100,000 points in a plane, such as hidden states under PCA, over a map of the plane where there is one. Pan,
// wheel zoom, double-click fit, and where wanted a box with the right button that selects points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "viz/base/theme.h"
#include "viz/base/view.h"
#include "viz/canvas/canvas.h"
#include "viz/widgets/plot_state.h"

namespace viz {

struct LegendEntry {
  std::string_view label{};
  Colour colour = 0;
};

// A label (and optionally a line from the origin) in data coordinates, such as a cluster's name at its mean. One that
// would cover an earlier one is left out: the most important first.
struct PlaneLabel {
  float x = 0, y = 0;
  std::string_view text{};
  Colour colour = 0;         // of the line; 0: none
  bool from_origin = false;  // draw a line from (0, 0) to the label
};

// A direction in the plane, drawn over the points; what is shown at first holds it. Names: viz/widgets/arrows.h.
struct PlaneArrow {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;  // from, to
  std::string_view name{};               // empty: none
  Colour colour = 0;
  bool lit = false;
};

// Equal cells under the points, such as what a function of the plane says everywhere. Row 0 is the lowest y.
struct PlaneCells {
  std::size_t rows = 0, columns = 0;            // 0: none
  std::span<const Colour> colours{};            // row-major; clear ones stay empty
  float x_min = 0, x_max = 0, y_min = 0, y_max = 0;  // edges of the outermost cells
  Colour edge = 0;                              // of the line between cells of different colours; 0: none
};

struct ScatterSpec {
  const char* id = "scatter";
  ImVec2 size{0, 0};         // 0: what is left of the region
  View<float> x{}, y{};      // not finite: not drawn
  std::span<const float> also_shown{};  // [n, 2] places that are in sight at first, with nothing drawn there
  View<Colour> colours{};    // one a point; empty: the accent
  View<std::uint8_t> ringed{};  // one a point, non-zero: a ring around it; may be empty
  PlaneCells cells{};        // what is shown at first is the cells' extent
  View<std::uint8_t> lit{};  // one a point, non-zero: stands out while the others step back; may be empty
  std::span<const PlaneLabel> labels{};
  std::span<const PlaneArrow> arrows{};
  std::span<const LegendEntry> legend{};
  int highlighted_entry = -1;           // legend entry drawn bold
  bool zero_lines = true;               // hairlines through (0, 0), where it is in view and no cells lie there
  bool equal_aspect = true;             // one unit is as long in x as in y
  bool box = false;                     // the right button draws one
  float radius = 2.5f;                  // at scale 1
  std::string_view x_name{}, y_name{};  // axis names, e.g. "PC1 39 %"
  std::string_view empty_text = "no data yet";
};

struct ScatterResult {
  int hovered = -1;        // nearest point within reach of the mouse
  int hovered_entry = -1;  // legend entry under the mouse
  int hovered_arrow = -1;  // whose tip is under the mouse; no point is hovered then
  int clicked = -1;        // point clicked this frame
  int clicked_entry = -1;  // legend entry clicked this frame
  bool view_changed = false;
  bool on_plane = false;        // the mouse is over the data area, at these coordinates
  double plane_x = 0, plane_y = 0;
  bool boxed = false;           // a box was completed, over these coordinates
  double box_x_min = 0, box_x_max = 0, box_y_min = 0, box_y_max = 0;
  Rect data_area{};
};

// Non-zero for every finite point within a box of scatter()'s.
std::vector<std::uint8_t> points_in(const ScatterResult& box, const View<float>& x, const View<float>& y);

ScatterResult scatter(const ScatterSpec& spec, PlotState& state, const Theme& theme, float scale);
void draw_scatter(Canvas& canvas, const Rect& rect, const ScatterSpec& spec, const PlotState& state, int hovered,
                  const Theme& theme, float scale);

}  // namespace viz
