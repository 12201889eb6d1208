#include "viz/plots/heatmap.h"

#include <cmath>
#include <string>
#include <vector>

#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/plots/axis.h"
#include "viz/plots/decimate.h"
#include "viz/widgets/colour_bar.h"
#include "viz/widgets/item.h"

namespace viz {
namespace {

// Cells drawn at most, all rows together: what software GL takes in its stride.
constexpr int kMostCells = 64 * 200;

struct HeatmapLayout {
  Rect cells;
  Rect legend;  // below; empty without
  Axis x;
  std::size_t first = 0, last = 0;  // data columns in view
};

double x_of(const HeatmapSpec& spec, std::size_t i) { return spec.x.empty() ? static_cast<double>(i) : spec.x[i]; }

std::size_t column_count(const HeatmapSpec& spec) {
  std::size_t n = spec.x.empty() ? SIZE_MAX : spec.x.size();
  for (const View<float>& row : spec.rows) n = std::min(n, row.size());
  return spec.rows.empty() ? 0 : n;
}

HeatmapLayout layout_heatmap(Canvas& canvas, const Rect& rect, const HeatmapSpec& spec, const PlotState* state,
                      float scale) {
  HeatmapLayout at;
  at.cells = rect;
  const float small = canvas.text_size("0", Font::mono_small).y;
  if (spec.show_legend && rect.height() > 4 * small) {
    at.legend = {rect.x0, rect.y1 - small - 4 * scale, rect.x1, rect.y1};
    at.cells.y1 = at.legend.y0 - 4 * scale;
  }
  if (spec.show_x_labels) at.cells.y1 -= small + 5 * scale;
  float gutter = 0;
  for (const std::string_view label : spec.labels) {
    gutter = std::max(gutter, canvas.text_size(label, Font::mono_small).x);
  }
  if (gutter > 0) at.cells.x0 += std::min(gutter + 6 * scale, rect.width() * 0.3f);
  at.cells = {std::round(at.cells.x0), std::round(at.cells.y0), std::round(at.cells.x1), std::round(at.cells.y1)};
  at.legend.x0 = at.cells.x0;

  const std::size_t n = column_count(spec);
  double low = 0, high = 1;
  if (n > 0) {
    low = x_of(spec, 0);
    high = x_of(spec, n - 1);
  }
  if (state && !state->fit_x && state->x_min < state->x_max) {
    low = state->x_min;
    high = state->x_max;
  }
  if (!(low < high)) high = low + 1;
  at.x = {low, high, at.cells.x0, at.cells.x1, false};
  if (n > 0 && spec.x.empty()) {
    at.first = static_cast<std::size_t>(std::clamp(std::floor(low), 0.0, static_cast<double>(n)));
    at.last = static_cast<std::size_t>(std::clamp(std::ceil(high) + 1, 0.0, static_cast<double>(n)));
  } else if (n > 0) {
    const IndexRange range = visible_range(spec.x, low, high);
    at.first = range.first;
    at.last = std::min(range.last, n);
  }
  return at;
}

// Colours of the grid, row-major. A column of pixels without a sample of its own repeats the one before it: a
// measure holds until the next.
std::vector<Colour> reduce(const HeatmapSpec& spec, const HeatmapLayout& at, std::size_t columns) {
  const std::size_t rows = spec.rows.size();
  std::vector<Colour> out(rows * columns, 0);
  std::vector<float> sum(rows, 0), shown(rows, NAN);
  std::vector<int> count(rows, 0);
  const std::array<Colour, map_steps> table = map_table(spec.map);
  const float span = spec.value_max - spec.value_min;
  const float to_step = span != 0 ? static_cast<float>(map_steps - 1) / span : 0;
  const double per_column = (at.x.data_max - at.x.data_min) / static_cast<double>(columns);
  const double newest = at.last > 0 ? x_of(spec, at.last - 1) : 0;

  std::size_t i = at.first;
  for (; i < at.last && x_of(spec, i) < at.x.data_min; ++i) {  // what held when the view begins
    for (std::size_t r = 0; r < rows; ++r) shown[r] = spec.rows[r][i];
  }
  for (std::size_t c = 0; c < columns; ++c) {
    const double begin = at.x.data_min + per_column * static_cast<double>(c), end = begin + per_column;
    const bool is_last = c + 1 == columns;
    bool any = false;
    // Samples outer, rows inner: rows of one moment lie side by side in memory.
    for (; i < at.last; ++i) {
      const double x = x_of(spec, i);
      if (is_last ? x > at.x.data_max : x >= end) break;
      any = true;
      for (std::size_t r = 0; r < rows; ++r) {
        const float v = spec.rows[r][i];
        if (std::isnan(v)) continue;
        if (spec.reduce == Reduce::mean || count[r] == 0) sum[r] += v;
        else sum[r] = std::max(sum[r], v);
        ++count[r];
      }
    }
    if (any) {
      for (std::size_t r = 0; r < rows; ++r) {
        shown[r] = count[r] == 0                 ? NAN
                   : spec.reduce == Reduce::mean ? sum[r] / static_cast<float>(count[r])
                                                 : sum[r];
        sum[r] = 0;
        count[r] = 0;
      }
    }
    if (begin > newest) continue;  // nothing is known beyond the last sample
    for (std::size_t r = 0; r < rows; ++r) {
      if (std::isnan(shown[r])) continue;
      const float step =
          std::clamp((shown[r] - spec.value_min) * to_step, 0.0f, static_cast<float>(map_steps - 1));
      out[r * columns + c] = table[static_cast<std::size_t>(step + 0.5f)];
    }
  }
  return out;
}

void draw_legend_bar(Canvas& canvas, const HeatmapSpec& spec, const HeatmapLayout& at, const Theme& theme, float scale) {
  const std::string low = spec.min_label.empty() ? significant(spec.value_min, 3) : std::string(spec.min_label);
  const std::string high = spec.max_label.empty() ? significant(spec.value_max, 3) : std::string(spec.max_label);
  draw_colour_bar(canvas, at.legend, {.map = spec.map, .low = low, .high = high, .caption = spec.caption}, theme, scale);
}

}  // namespace

void draw_heatmap(Canvas& canvas, const Rect& rect, const HeatmapSpec& spec, const PlotState* state,
                  double hover_x, const Theme& theme, float scale) {
  const HeatmapLayout at = layout_heatmap(canvas, rect, spec, state, scale);
  if (at.cells.width() < 4 || at.cells.height() < 2) return;
  canvas.push_clip(rect);
  const std::size_t rows = spec.rows.size();
  if (column_count(spec) == 0) {
    canvas.text({(rect.x0 + rect.x1) / 2, (at.cells.y0 + at.cells.y1) / 2},
                ellipsized(canvas, spec.empty_text, rect.width(), Font::small), theme.text_dim, Font::small,
                Align::middle, Align::middle);
    canvas.pop_clip();
    return;
  }
  const int most = std::min(std::max(spec.max_columns, 1), std::max(kMostCells / static_cast<int>(rows), 64));
  const auto columns =
      static_cast<std::size_t>(std::clamp(static_cast<int>(at.cells.width() / (2 * scale)), 1, most));
  canvas.cell_grid(at.cells, rows, columns, reduce(spec, at, columns));

  const float row_height = at.cells.height() / static_cast<float>(rows);
  const float text = canvas.text_size("0", Font::mono_small).y;
  if (!spec.labels.empty()) {
    std::size_t stride = 1;
    while (static_cast<float>(stride) * row_height < text * 0.9f && stride < rows) stride *= 2;
    const std::size_t named = std::min(rows, spec.labels.size());
    const float lit_y = (static_cast<float>(spec.highlighted) + 0.5f) * row_height;
    float last_label = -INFINITY;
    for (std::size_t r = 0; r < named; ++r) {
      const bool lit = static_cast<int>(r) == spec.highlighted;
      const float y = (static_cast<float>(r) + 0.5f) * row_height;
      // A thinned label makes way for the highlighted row's.
      if (!lit && (r % stride != 0 || (spec.highlighted >= 0 && std::fabs(y - lit_y) < text * 0.9f && stride > 1)))
        continue;
      const float inside = std::clamp(y, text / 2, std::max(text / 2, at.cells.height() - text / 2));
      if (!lit && inside - last_label < text * 0.95f) continue;  // the first may have been pushed in from the edge
      last_label = inside;
      canvas.text({at.cells.x0 - 5 * scale, at.cells.y0 + inside},
                  ellipsized(canvas, spec.labels[r], at.cells.x0 - rect.x0 - 4 * scale, Font::mono_small),
                  lit ? theme.text : theme.text_dim, Font::mono_small, Align::end, Align::middle);
    }
  }
  if (spec.highlighted >= 0 && spec.highlighted < static_cast<int>(rows)) {
    const float y = at.cells.y0 + static_cast<float>(spec.highlighted) * row_height;
    canvas.rect_outline({at.cells.x0, y, at.cells.x1, y + row_height}, theme.text,
                        std::max(1.0f, std::floor(scale)));
  }
  if (spec.show_x_labels) {
    float free_from = -INFINITY;
    for (const Tick& tick :
         ticks(at.x, std::clamp(static_cast<int>(at.cells.width() / (80 * scale)), 1, 10), TickLabels::compact)) {
      const float width = canvas.text_size(tick.label, Font::mono_small).x;
      const float x = std::min(at.x.screen_from_data(tick.value) - width / 2, rect.x1 - width);
      if (x < free_from) continue;
      canvas.text({x, at.cells.y1 + 3 * scale}, tick.label, theme.text_dim, Font::mono_small);
      free_from = x + width + 6 * scale;
    }
  }
  if (at.legend.width() > 0 && at.legend.height() > 0) draw_legend_bar(canvas, spec, at, theme, scale);
  if (std::isfinite(hover_x)) {
    const float x = std::round(at.x.screen_from_data(hover_x)) + 0.5f;
    if (x >= at.cells.x0 && x <= at.cells.x1) {
      canvas.line({x, at.cells.y0}, {x, at.cells.y1}, faded(rgb(0xffffff), 0.8f),
                  std::max(1.0f, std::floor(scale)));
    }
  }
  canvas.pop_clip();
}

HeatmapResult heatmap(const HeatmapSpec& spec, const PlotState* state, SharedHover* hover, const Theme& theme,
                      float scale) {
  HeatmapResult result;
  const Item item = place_item(spec.id, spec.size, false);
  if (!item.visible) return result;
  CanvasImGui canvas(ImGui::GetWindowDrawList(), theme);
  const HeatmapLayout at = layout_heatmap(canvas, item.rect, spec, state, scale);
  tell_cells(spec.id, at.cells, 0, spec.rows.size());
  const std::size_t n = column_count(spec);
  double hover_x = hover && hover->active ? hover->x : NAN;
  if (item.hovered && n > 0 && at.cells.contains(item.mouse)) {
    hover_x = at.x.data_from_screen(item.mouse.x);
    if (hover) {
      hover->next_active = true;
      hover->next_x = hover_x;
    }
    const float row = (item.mouse.y - at.cells.y0) / at.cells.height() * static_cast<float>(spec.rows.size());
    const std::size_t column =
        spec.x.empty() ? static_cast<std::size_t>(std::clamp(std::round(hover_x), 0.0, static_cast<double>(n - 1)))
                       : std::min(nearest_index(spec.x, hover_x), n - 1);
    result.row = std::clamp(static_cast<int>(row), 0, static_cast<int>(spec.rows.size()) - 1);
    result.column = static_cast<std::ptrdiff_t>(column);
    result.value = spec.rows[static_cast<std::size_t>(result.row)][column];
    result.x = x_of(spec, column);
    result.clicked = ImGui::IsMouseClicked(ImGuiMouseButton_Left);
  }
  HeatmapSpec shown = spec;
  if (result.row >= 0) shown.highlighted = result.row;
  draw_heatmap(canvas, item.rect, shown, state, hover_x, theme, scale);
  return result;
}

}  // namespace viz
