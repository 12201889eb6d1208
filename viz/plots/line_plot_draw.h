// The drawing of a line plot on any canvas, and the parts of it that its mouse needs as well (line_plot.cpp): everything
// at its place, and the box of values.
#pragma once

#include "viz/plots/line_plot_layout.h"

namespace viz {

// hover_x NaN: no hover line. hovered_item: index into at.items, -1 for none. Returned: the reference lines in sight that
// had no room for their names, index into spec.references.
std::vector<std::size_t> draw_laid_out(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const PlotState& state,
                                       double hover_x, int hovered_item, const Theme& theme, float scale);

// The box of values beside the hover line of the plot under the mouse.
void draw_readout(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const PlotState& state,
                  double hover_x, Point mouse, const Theme& theme, float scale);

// The drawing alone, for any canvas. `hover_x` NaN draws no hover line. `state` says what is hidden and,
// where it does not fit, what is shown.
void draw_line_plot(Canvas& canvas, const Rect& rect, const LinePlotSpec& spec, const PlotState& state,
                    double hover_x, const Theme& theme, float scale);

}  // namespace viz
