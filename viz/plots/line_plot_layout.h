// Where everything in a line plot goes: ranges, axes, ticks, legend. Used by the drawing and by the mouse.
#pragma once

#include <string>
#include <vector>

#include "viz/plots/axis.h"
#include "viz/plots/line_plot_spec.h"
#include "viz/widgets/legend.h"

namespace viz {

// A curve's value where it is read out: as the axis has it.
std::string read_out(const LinePlotSpec& spec, double value);

struct LinePlotLayout {
  Rect all;                 // the whole widget
  Rect data;                // curves
  Rect x_labels, y_labels;  // gutters
  Rect summary;             // right end of the legend's first line
  Axis x, y;
  std::vector<Tick> x_ticks, y_ticks;
  std::vector<LegendItem> items;
  std::vector<int> item_of_curve;  // index into items, -1 where a curve has no label
  std::vector<Colour> colours;     // one a curve
  LegendLayout legend;
  bool has_data = false;  // some visible curve has a finite value in range
};

LinePlotLayout layout_line_plot(Canvas& canvas, const Rect& rect, const LinePlotSpec& spec, const PlotState& state,
                                double hover_x, const Theme& theme, float scale);

bool is_shown(const Curve& curve, const PlotState& state);

// The curve's value at the sample nearest to x; for a sparse curve, at the nearest one at or before it that is
// there. NaN when there is none, and beyond the curve's own ends: by half a gap of its samples, of a sparse one by
// a usual one behind its last.
double value_at(const Curve& curve, double x);
// The newest finite value, NaN if there is none among the last few thousand samples.
double newest_value(const Curve& curve);

}  // namespace viz
