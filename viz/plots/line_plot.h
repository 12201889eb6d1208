// Curves over a shared x, the way one watches a loss: pan with the left button, zoom with the wheel (over an
// axis: that axis alone), box with the right button, double-click to fit again. Clicking a legend entry hides
// its curves. One hover line runs through every plot that is given the same SharedHover.
//
// Everything a plot remembers is in the caller's PlotState. Views are read during the call only.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "viz/base/theme.h"
#include "viz/base/view.h"
#include "viz/canvas/canvas.h"
#include "viz/widgets/plot_state.h"

namespace viz {

struct Curve {
  std::string_view label{};  // legend text and key in PlotState::hidden; curves with one label share an entry
  View<double> x{};          // must not descend
  View<float> y{};           // as long as x; the shorter of the two is drawn
  Colour colour = 0;         // 0: curve_colour by index
  float thickness = 1.5f;
  bool faint = false;  // a raw curve behind its smoothed one: thin, pale, not in the read-out
  bool dashed = false;
  bool sparse = false;  // missing values (NaN) are expected and bridged; otherwise they show as red gaps
  bool marked = false;  // a dot on every sample while there is room: what lies between was not measured
};

struct ReferenceLine {
  double y = 0;
  std::string_view label{};
  Colour colour = 0;  // 0: the theme's dim text
};

struct EventMark {
  double x = 0;
  std::string_view label{};
  Colour colour = 0;  // 0: the theme's accent
};

struct LinePlotSpec {
  const char* id = "plot";  // unique within the window
  ImVec2 size{0, 0};        // 0: what is left of the region
  std::span<const Curve> curves{};
  std::span<const ReferenceLine> references{};
  std::span<const EventMark> events{};
  std::span<const double> breaks{};  // x positions, ascending, where curves are cut (a new model began)
  bool log_y = false;
  bool show_legend = true;
  bool show_x_labels = true;
  std::string_view x_name = "step";  // names the x value in the read-out
  std::string_view summary{};        // at the right end of the legend line, e.g. "1.021 ± 0.012 last 100"
  std::string_view empty_text = "no data yet";
  bool y_percent = false;  // y is a share: its ticks read as per cent
  // Limits the fitted y range never crosses, and values it always includes; NaN: none.
  double y_floor = kNone, y_ceiling = kNone;
  double y_include = kNone;

  static constexpr double kNone = __builtin_nan("");
};

struct LinePlotResult {
  bool hovered = false;  // the mouse is over the data area
  double hover_x = 0;    // data coordinates under the mouse while hovered
  double hover_y = 0;
  int hovered_curve = -1;     // nearest curve within reach of the mouse, index into spec.curves
  int hovered_event = -1;     // index into spec.events
  int toggled = -1;           // a curve whose legend entry was clicked this frame
  bool view_changed = false;  // panned, zoomed, boxed or fitted this frame
  Rect data_area{};           // where curves are drawn
};

// Lays out an item of spec.size at ImGui's cursor, reacts to the mouse, draws.
LinePlotResult line_plot(const LinePlotSpec& spec, PlotState& state, SharedHover* hover, const Theme& theme,
                         float scale);

// The drawing alone, for any canvas. `hover_x` NaN draws no hover line. `state` says what is hidden and,
// where it does not fit, what is shown.
void draw_line_plot(Canvas& canvas, const Rect& rect, const LinePlotSpec& spec, const PlotState& state,
                    double hover_x, const Theme& theme, float scale);

}  // namespace viz
