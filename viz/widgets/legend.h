// The legend line below plots: a row of marks with labels, wrapped to a few lines, that can be clicked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "viz/base/theme.h"
#include "viz/canvas/line_style.h"

namespace viz {

struct LegendItem {
  std::string_view label;
  std::string value;  // drawn after the label in numbers' type; may be empty
  Colour colour = 0;
  bool hidden = false;  // switched off: drawn faint
  bool strong = false;  // highlighted
  LineStyle style = LineStyle::solid;
  bool dot = false;  // a dot instead of a short line
};

struct LegendLayout {
  std::vector<Rect> boxes;  // one an item, empty rectangles for those that found no room
  int left_out = 0;         // how many those are
  float height = 0;         // all lines together; 0 without items
  Rect more;                // where "+3 more" goes when something was left out
};

// Lays items out from the left of `line` (its top and width count; each line is line_height high), at most
// max_lines. `reserved` pixels stay free at the right end of the first line.
LegendLayout layout_legend(Canvas& canvas, const Rect& line, const std::vector<LegendItem>& items, int max_lines,
                           float reserved, float scale);
void draw_legend(Canvas& canvas, const LegendLayout& layout, const std::vector<LegendItem>& items, int hovered,
                 const Theme& theme, float scale);
// Index of the item under `at`, or -1.
int legend_item_at(const LegendLayout& layout, Point at);

float legend_line_height(Canvas& canvas, float scale);

}  // namespace viz
