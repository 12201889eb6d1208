// A small table of numbers as coloured cells with names at its rows and columns and the number written in each:
// a confusion matrix, who appears with whom. What finds no room (numbers, names) is left out, the colours stay.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "viz/canvas.h"
#include "viz/colour_map.h"
#include "viz/theme.h"

namespace viz {

struct MatrixSpec {
  const char* id = "matrix";
  ImVec2 size{0, 0};  // 0: what is left of the region
  std::size_t rows = 0, columns = 0;
  std::span<const float> values{};  // [rows, columns] what is written, as whole numbers
  std::span<const float> shares{};  // [rows, columns] what is coloured, 0 to 1; a value of 0 keeps its cell empty
  std::span<const std::string_view> row_labels{}, column_labels{};
  std::span<const Colour> row_colours{}, column_colours{};  // marks beside the labels; may be empty
  ColourMap map = ColourMap::viridis;
  std::string_view empty_text = "no data yet";
};

struct MatrixResult {
  int row = -1, column = -1;  // of the cell under the mouse
};

MatrixResult matrix(const MatrixSpec& spec, const Theme& theme, float scale);
// hovered_row, hovered_column -1: none.
void draw_matrix(Canvas& canvas, const Rect& rect, const MatrixSpec& spec, int hovered_row, int hovered_column,
                 const Theme& theme, float scale);

}  // namespace viz
