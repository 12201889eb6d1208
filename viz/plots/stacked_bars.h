// Horizontal bars, one a row, each of the same parts end to end: what a whole is made of, and how the wholes
// compare. The scale begins at 0 and is one for all rows. From 1 to 256 rows: values and names thin out as bars
// get low.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace viz {

struct StackedPart {
  std::string_view name{};  // in the legend
  Colour colour = 0;        // 0: curve_colour by index
  bool hatched = false;     // nothing but lines: what is missing or lost
};

struct StackedRow {
  std::string_view label{};        // left of the bar
  std::span<const float> parts{};  // as many as the spec has; from 0 up, NaN counts as 0
  std::string_view note{};         // behind the bar
};

struct StackedBarsSpec {
  const char* id = "stacked bars";
  ImVec2 size{0, 0};  // 0: what is left of the region
  std::span<const StackedRow> rows{};
  std::span<const StackedPart> parts{};
  std::string_view unit{};                  // behind the last tick
  std::string (*format)(double) = nullptr;  // of values in the bars; null: 3 significant digits
  float reference = kNone;                  // a dashed line through all rows; NaN: none
  std::string_view reference_label{};       // above it
  int highlighted = -1;                     // a row, lit while the others step back; -1: none
  std::string_view empty_text = "no data yet";

  static constexpr float kNone = __builtin_nanf("");
};

struct StackedBarsResult {
  int row = -1, part = -1;  // under the mouse; part -1: beside the bar, in its row
};

StackedBarsResult stacked_bars(const StackedBarsSpec& spec, const Theme& theme, float scale);
// The drawing alone.
void draw_stacked_bars(Canvas& canvas, const Rect& rect, const StackedBarsSpec& spec, const Theme& theme,
                       float scale);

}  // namespace viz
