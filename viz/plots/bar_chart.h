// Vertical bars, one a category, against a dashed reference such as the fair share. Works from 1 to 256 bars:
// labels and values thin out as bars get narrow, and from the 17th bar on a hatch helps the colour.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace viz {

struct Bar {
  float value = 0;           // from 0 up; NaN draws no bar
  std::string_view label{};  // below the bar
  Colour colour = 0;         // 0: category_colour by index
  Colour value_colour = 0;   // 0: the theme's text; e.g. bad for a starving expert
};

struct BarChartSpec {
  const char* id = "bars";
  ImVec2 size{0, 0};  // 0: what is left of the region
  std::span<const Bar> bars{};
  std::string (*format)(double) = nullptr;  // value labels; null: 3 significant digits
  float reference = kNone;                  // a dashed line at this value; NaN: none
  std::string_view reference_label{};       // left of the line, e.g. "fair"
  float value_max = kNone;  // top of the scale; NaN: fits the bars and the reference, in round steps
  bool hatched = true;      // from the 17th bar on; false: bars of one colour are told apart by their names
  int highlighted = -1;     // lit while the others step back; -1: none
  std::string_view empty_text = "no data yet";

  static constexpr float kNone = __builtin_nanf("");
};

struct BarChartResult {
  int hovered = -1;  // the bar (or its column) under the mouse
  int clicked = -1;
};

BarChartResult bar_chart(const BarChartSpec& spec, const Theme& theme, float scale);
// `hovered` and `clicked` of nothing: the drawing alone.
void draw_bar_chart(Canvas& canvas, const Rect& rect, const BarChartSpec& spec, const Theme& theme, float scale);

}  // namespace viz
