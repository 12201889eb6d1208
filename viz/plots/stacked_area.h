// Shares of a whole over time: bands on top of each other, the first at the bottom. Wheel and drag zoom and pan in
// x, double-click fits; a click in the legend takes a band out. More moments than pixel columns are averaged, so
// the cost is one pass over the visible values.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "viz/base/theme.h"
#include "viz/base/view.h"
#include "viz/canvas/canvas.h"
#include "viz/widgets/plot_state.h"

namespace viz {

struct StackedLayer {
  std::string_view label{};
  View<float> y{};    // as long as x; not finite or below 0: nothing
  Colour colour = 0;  // 0: category_colour by index
};

struct StackedAreaSpec {
  const char* id = "stacked area";
  ImVec2 size{0, 0};                       // 0: what is left of the region
  View<double> x{};                        // must not descend
  std::span<const StackedLayer> layers{};  // bottom to top
  std::span<const double> breaks{};        // x positions where a line is drawn: a new model began
  bool normalise = true;                   // to shares of their sum; else the sum is the height
  int highlighted = -1;                    // layer that stands out; -1: none
  bool show_legend = true, show_x_labels = true;
  std::string_view empty_text = "no data yet";
};

struct StackedAreaResult {
  int layer = -1;              // under the mouse, or its legend entry
  std::ptrdiff_t sample = -1;  // nearest to the mouse in x, while it is over the data
  double x = 0;                // x[sample]
  float share = 0;             // of the layer there, of all shown
  int toggled = -1;            // layer whose legend entry was clicked
  bool view_changed = false;
};

StackedAreaResult stacked_area(const StackedAreaSpec& spec, PlotState& state, SharedHover* hover,
                               const Theme& theme, float scale);
// hover_x NaN draws no hover line.
void draw_stacked_area(Canvas& canvas, const Rect& rect, const StackedAreaSpec& spec, const PlotState& state,
                       double hover_x, const Theme& theme, float scale);

}  // namespace viz
