// A measurement against the few values at which it was made: a mean with what is known of it at each, dots beside
// it. The values are named where they lie, so the axis has no other ticks.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace viz {

struct ValueDot {
  std::size_t value = 0;  // at which it lies: index into x
  float y = 0;
  Colour colour = 0;   // 0: the theme's dim text
  bool filled = true;  // else a ring
};

struct ValuePlotSpec {
  std::span<const double> x{};                   // where each value lies, ascending
  std::span<const std::string_view> labels{};    // one a value
  bool log_x = false;                            // all x are above 0
  std::span<const float> mean{}, low{}, high{};  // one a value; NaN: none
  bool connected = true;  // a line and an area; else a bar at each, as between categories lies nothing
  std::span<const ValueDot> dots{};
  Colour colour = 0;  // of mean and range; 0: the first of curves
  std::string_view x_name{};
  std::string_view empty_text = "no data yet";
};

void draw_value_plot(Canvas& canvas, const Rect& rect, const ValuePlotSpec& spec, const Theme& theme, float scale);

}  // namespace viz
