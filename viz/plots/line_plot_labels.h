// The names of reference lines and events in a line plot: where they are whole, apart from each other and, as far as
// there is room, beside the curves. On a ground of their own, so that what lies under them does not run through them.
//
// A reference is named whole or not at all: line_plot() then says its name when the mouse is on the line. What an event
// has no room for its panel's tooltip tells.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "viz/plots/line_plot_layout.h"

namespace viz {

// Polylines as they are drawn, in pixels, x ascending in each.
using DrawnCurves = std::vector<std::vector<Point>>;

struct PlotLabel {
  std::string text;
  Rect box;  // with its ground
  Colour colour = 0;
};

struct PlotLabels {
  std::vector<PlotLabel> placed;
  std::vector<std::size_t> unnamed;  // references in sight without a name, index into spec.references
};

PlotLabels place_labels(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const DrawnCurves& curves, const Theme& theme,
                        float scale);
void draw_labels(Canvas& canvas, const PlotLabels& labels, const Theme& theme, float scale);

// Where a reference line runs: whole pixels; NaN where it is out of sight.
float reference_y(const LinePlotLayout& at, const ReferenceLine& line);

}  // namespace viz
