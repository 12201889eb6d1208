// The bands of a line plot: what is known of a curve, from its low to its high, under all curves. Thinned to a
// column of pixels each, without losing an extreme.
#pragma once

#include "viz/plots/line_plot_layout.h"

namespace viz {

bool has_band(const Curve& curve);
void draw_bands(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const PlotState& state,
                float scale);

}  // namespace viz
