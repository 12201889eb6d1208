// Rows over time as colours: one row a category, one column a moment. More moments than pixel columns are
// averaged (or their maximum taken), so the cost is one pass over the values and some 13,000 cells in all.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "viz/base/colour_map.h"
#include "viz/base/theme.h"
#include "viz/base/view.h"
#include "viz/canvas/canvas.h"
#include "viz/widgets/plot_state.h"

namespace viz {

enum class Reduce { mean, max };

struct HeatmapSpec {
  const char* id = "heatmap";
  ImVec2 size{0, 0};                           // 0: what is left of the region
  View<double> x{};                            // time of each column, not descending; empty: 0, 1, 2, ...
  std::span<const View<float>> rows{};         // top to bottom; NaN cells stay empty
  std::span<const std::string_view> labels{};  // one a row, or none
  ColourMap map = ColourMap::viridis;
  float value_min = 0, value_max = 1;         // ends of the colour map; beyond is clamped
  std::string_view min_label{}, max_label{};  // at the legend bar, e.g. "0×", "2×"; empty: the numbers
  std::string_view caption{};                 // left in the legend line, e.g. "utilisation over steps"
  bool show_legend = true;
  bool show_x_labels = false;
  Reduce reduce = Reduce::mean;
  int highlighted = -1;  // row outlined
  int max_columns = 400;
  std::string_view empty_text = "no data yet";
};

struct HeatmapResult {
  int row = -1;                // under the mouse, -1: none
  std::ptrdiff_t column = -1;  // index of the data column nearest to the mouse
  float value = 0;             // rows[row][column]
  double x = 0;                // x[column]
  bool clicked = false;
};

// With a PlotState the x range shown is the state's (fit_x: all of it), so that it can follow a line plot's
// zoom; without, everything. `hover` may be null.
HeatmapResult heatmap(const HeatmapSpec& spec, const PlotState* state, SharedHover* hover, const Theme& theme,
                      float scale);
void draw_heatmap(Canvas& canvas, const Rect& rect, const HeatmapSpec& spec, const PlotState* state,
                  double hover_x, const Theme& theme, float scale);

}  // namespace viz
