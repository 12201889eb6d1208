// Curves over a shared x, the way one watches a loss: pan with the left button, zoom with the wheel (over an
// axis: that axis alone), box with the right button, double-click to fit again. Clicking a legend entry hides
// its curves. One hover line runs through every plot that is given the same SharedHover.
//
// Everything a plot remembers is in the caller's PlotState. Views are read during the call only.
#pragma once

#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"
#include "viz/plots/line_plot_spec.h"
#include "viz/widgets/plot_state.h"

namespace viz {

struct LinePlotResult {
  bool hovered = false;  // the mouse is over the data area
  double hover_x = 0;    // data coordinates under the mouse while hovered
  double hover_y = 0;
  int hovered_curve = -1;     // nearest curve within reach of the mouse, index into spec.curves
  int hovered_event = -1;     // index into spec.events
  int told_reference = -1;    // under the mouse, named in a tooltip as the plot has no room for its name
  int toggled = -1;           // a curve whose legend entry was clicked this frame
  bool view_changed = false;  // panned, zoomed, boxed or fitted this frame
  Rect data_area{};           // where curves are drawn
};

// Lays out an item of spec.size at ImGui's cursor, reacts to the mouse, draws.
LinePlotResult line_plot(const LinePlotSpec& spec, PlotState& state, SharedHover* hover, const Theme& theme,
                         float scale);

}  // namespace viz
