// A table of numbers as coloured cells with names at its rows and columns and the number written in each: a
// confusion matrix, who appears with whom, what goes to which expert. Amounts or signed values, by the colour map.
// What finds no room (numbers, names) is left out, the colours stay.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "viz/base/colour_map.h"
#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace viz {

struct MatrixSpec {
  const char* id = "matrix";
  ImVec2 size{0, 0};  // 0: what is left of the region
  std::size_t rows = 0, columns = 0;
  std::span<const float> values{};  // [rows, columns] what is written; NaN keeps its cell empty
  std::span<const float> shares{};  // [rows, columns] what is coloured; NaN keeps its cell empty
  float share_min = 0,
        share_max = 1;  // ends of the colour map; beyond is clamped. Signed: the middle is no effect
  std::string (*format)(double) = nullptr;  // of the values; null: whole numbers
  bool zero_is_empty = true;                // a value of 0 keeps its cell empty
  std::span<const std::string_view> row_labels{}, column_labels{};
  std::span<const Colour> row_colours{}, column_colours{};  // marks beside the labels; may be empty
  ColourMap map = ColourMap::viridis;
  std::span<const std::size_t> outlined{};            // cells with a frame of their own: row × columns + column
  int highlighted_row = -1, highlighted_column = -1;  // outlined, with their names lit; -1: none
  bool show_legend = false;                           // the colour map's key below
  std::string_view min_label{}, max_label{};          // at its ends; empty: the numbers
  std::string_view caption{};                         // at its left
  float reference = kNone;  // a share marked in the key: chance, the fair share; NaN: none
  std::string_view reference_label{};
  std::string_view empty_text = "no data yet";

  static constexpr float kNone = __builtin_nanf("");
};

struct MatrixResult {
  int row = -1, column = -1;  // of the cell under the mouse; of a name under it the one, and -1
  bool clicked = false;
};

MatrixResult matrix(const MatrixSpec& spec, const Theme& theme, float scale);
// hovered_row, hovered_column -1: none.
void draw_matrix(Canvas& canvas, const Rect& rect, const MatrixSpec& spec, int hovered_row, int hovered_column,
                 const Theme& theme, float scale);

}  // namespace viz
