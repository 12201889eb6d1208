// The key of a colour map: a caption, the map as a bar between its ends, and a mark for the value that means
// something (the fair share, chance).
#pragma once

#include <string_view>

#include "viz/base/colour_map.h"
#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace viz {

struct ColourBar {
  ColourMap map = ColourMap::viridis;
  std::string_view low{}, high{};  // at the ends
  std::string_view caption{};      // at the left of the line
  float mark = kNone;              // 0 to 1 along the bar; NaN: none
  std::string_view mark_label{};   // left of the bar's low end: "| fair 25 %"
  float begin = 0, end = 1;        // the stretch of the map that is used: dots leave out what the ground swallows

  static constexpr float kNone = __builtin_nanf("");
};

float colour_bar_height(Canvas& canvas, float scale);
// At the right end of `line`; what finds no room is left out, the caption first.
void draw_colour_bar(Canvas& canvas, const Rect& line, const ColourBar& bar, const Theme& theme, float scale);

}  // namespace viz
