// What a line plot shows, for its layout, its drawing and whoever asks for one. Views are read during a call only.
#pragma once

#include <span>
#include <string_view>

#include "viz/base/geometry.h"
#include "viz/base/view.h"
#include "viz/canvas/line_style.h"
#include "viz/widgets/plot_state.h"

namespace viz {

struct Curve {
  std::string_view label{};  // legend text and key in PlotState::hidden; curves with one label share an entry
  View<double> x{};          // must not descend
  View<float> y{};           // as long as x; the shorter of the two is drawn
  Colour colour = 0;         // 0: curve_colour by index
  float thickness = 1.5f;
  bool faint = false;  // a raw curve behind its smoothed one: thin, pale, not in the read-out
  LineStyle style = LineStyle::solid;
  bool sparse = false;  // missing values (NaN) are expected and bridged; otherwise they show as red gaps
  // What is known of it: a pale area between the two, each as long as x; NaN: nothing there.
  View<float> low{}, high{};
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
  std::span<const Curve>
      beside{};  // of plots that share this one's scales: not drawn, but what is fitted holds them
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

}  // namespace viz
