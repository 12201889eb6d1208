#include "viz/plots/matrix.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/widgets/colour_bar.h"
#include "viz/widgets/item.h"

namespace viz {
namespace {

constexpr float kColourMark = 3;  // width of the colour beside a label
constexpr float kHairlined = 6;   // the least side of a cell

struct MatrixLayout {
  Rect cells;
  Rect legend;  // below; empty without
};

MatrixLayout layout_matrix(Canvas& canvas, const Rect& rect, const MatrixSpec& spec, float scale) {
  float gutter = 0;
  for (const std::string_view label : spec.row_labels)
    gutter = std::max(gutter, canvas.text_size(label, Font::small).x);
  if (gutter > 0) gutter = std::min(gutter + (kColourMark + 10) * scale, rect.width() * 0.3f);
  const float line = canvas.text_size("0", Font::small).y;
  const float head = spec.column_labels.empty() || rect.height() < 4 * line ? 0 : line + (kColourMark + 5) * scale;
  MatrixLayout at;
  at.cells = {std::round(rect.x0 + gutter), std::round(rect.y0 + head), std::round(rect.x1), std::round(rect.y1)};
  if (spec.show_legend && rect.height() > 6 * line) {
    at.legend = {at.cells.x0, rect.y1 - colour_bar_height(canvas, scale), rect.x1, rect.y1};
    at.cells.y1 = std::round(at.legend.y0 - 4 * scale);
  }
  return at;
}

Rect cell_at(const Rect& cells, const MatrixSpec& spec, std::size_t row, std::size_t column) {
  return {grid_edge(cells.x0, cells.width(), column, spec.columns),
          grid_edge(cells.y0, cells.height(), row, spec.rows),
          grid_edge(cells.x0, cells.width(), column + 1, spec.columns),
          grid_edge(cells.y0, cells.height(), row + 1, spec.rows)};
}

// Every how many-th name is written where `room` is too little for each: a power of two.
std::size_t name_stride(float room, float needed) {
  std::size_t stride = 1;
  while (static_cast<float>(stride) * room < needed) stride *= 2;
  return stride;
}

void draw_row_labels(Canvas& canvas, const Rect& rect, const Rect& cells, const MatrixSpec& spec, int lit_row, const Theme& theme,
                     float scale) {
  const float line = canvas.text_size("0", Font::small).y, mark = kColourMark * scale;
  const float height = cells.height() / static_cast<float>(spec.rows);
  const std::size_t stride = name_stride(height, 0.85f * line), count = std::min(spec.rows, spec.row_labels.size());
  for (std::size_t r = 0; r < count; ++r) {
    const Rect cell = cell_at(cells, spec, r, 0);
    if (r < spec.row_colours.size())
      canvas.rect_fill({cells.x0 - mark - 2 * scale, cell.y0 + scale, cells.x0 - 2 * scale, cell.y1 - scale},
                       spec.row_colours[r]);
    // A thinned name makes way for the lit row's.
    const int away = std::abs(static_cast<int>(r) - lit_row);
    const bool lit = away == 0, covered = stride > 1 && lit_row >= 0 && static_cast<float>(away) * height < line;
    if (!lit && (r % stride != 0 || covered)) continue;
    canvas.text({cells.x0 - mark - 6 * scale, (cell.y0 + cell.y1) / 2},
                ellipsized(canvas, spec.row_labels[r], cells.x0 - rect.x0 - mark - 6 * scale, Font::small),
                lit ? theme.text : theme.text_dim, Font::small, Align::end, Align::middle);
  }
}

void draw_column_labels(Canvas& canvas, const Rect& rect, const Rect& cells, const MatrixSpec& spec, int lit_column, const Theme& theme,
                        float scale) {
  const float mark = kColourMark * scale, width = cells.width() / static_cast<float>(spec.columns);
  const std::size_t count = std::min(spec.columns, spec.column_labels.size());
  // Short names are thinned, as a stump of two letters tells nothing; long ones are cut.
  constexpr std::size_t kShort = 6;
  float widest = 0;
  bool are_short = true;
  for (const std::string_view label : spec.column_labels) {
    widest = std::max(widest, canvas.text_size(label, Font::small).x);
    are_short = are_short && label.size() <= kShort;
  }
  const std::size_t stride = are_short ? name_stride(width, widest + 3 * scale) : 1;
  float free_from = -INFINITY;  // the last name is pushed back from the edge, maybe into the one before
  for (std::size_t c = 0; c < count; ++c) {
    const Rect cell = cell_at(cells, spec, 0, c);
    if (c < spec.column_colours.size())
      canvas.rect_fill({cell.x0 + scale, cells.y0 - mark - 2 * scale, cell.x1 - scale, cells.y0 - 2 * scale},
                       spec.column_colours[c]);
    const int away = std::abs(static_cast<int>(c) - lit_column);
    const bool lit = away == 0, covered = stride > 1 && lit_column >= 0 && static_cast<float>(away) * width < widest + 3 * scale;
    if (stride > 1 && !lit && (c % stride != 0 || covered)) continue;
    const std::string label =
        stride > 1 ? std::string(spec.column_labels[c]) : ellipsized(canvas, spec.column_labels[c], width - 3 * scale, Font::small);
    if (label.size() < std::min(spec.column_labels[c].size(), kShort)) continue;
    const float half = canvas.text_size(label, Font::small).x / 2;
    const float middle = std::max(rect.x0 + half, std::min((cell.x0 + cell.x1) / 2, rect.x1 - half));
    if (!lit && middle - half < free_from) continue;
    free_from = middle + half + 2 * scale;
    canvas.text({middle, cells.y0 - mark - 4 * scale}, label, lit ? theme.text : theme.text_dim, Font::small, Align::middle, Align::end);
  }
}

std::string number_of(const MatrixSpec& spec, float value) { return spec.format ? spec.format(value) : grouped(value); }

// Every cell says its number or none does: among cells of one digit, one whose two digits had no room would read as
// empty. The colours, their key and the mouse tell the figures then.
bool numbers_fit(Canvas& canvas, const Rect& cells, const MatrixSpec& spec, float scale) {
  const Point digit = canvas.text_size("0", Font::mono_small);
  const float hairline = std::max(1.0f, std::floor(scale));
  const float width = std::floor(cells.width() / static_cast<float>(spec.columns)) - hairline;
  // Where no digit fits, no number need be written out: there may be thousands.
  if (std::floor(cells.height() / static_cast<float>(spec.rows)) - hairline < 0.9f * digit.y || width < digit.x) return false;
  for (std::size_t i = 0; i < spec.rows * spec.columns; ++i) {
    const float value = spec.values[i];
    if (std::isnan(value) || std::isnan(spec.shares[i]) || (value == 0 && spec.zero_is_empty)) continue;
    if (canvas.text_size(number_of(spec, value), Font::mono_small).x + scale > width) return false;
  }
  return true;
}

// A cell, a whole row, a whole column.
void outline(Canvas& canvas, const Rect& cells, const MatrixSpec& spec, int row, int column, Colour colour,
             float hairline) {
  const bool has_row = row >= 0 && row < static_cast<int>(spec.rows),
             has_column = column >= 0 && column < static_cast<int>(spec.columns);
  if (!has_row && !has_column) return;
  const auto r = static_cast<std::size_t>(std::max(row, 0)), c = static_cast<std::size_t>(std::max(column, 0));
  const Rect first = cell_at(cells, spec, has_row ? r : 0, has_column ? c : 0);
  const Rect last = cell_at(cells, spec, has_row ? r : spec.rows - 1, has_column ? c : spec.columns - 1);
  canvas.rect_outline({first.x0, first.y0, last.x1, last.y1}, colour, hairline);
}

// Seen on any colour of the map: a line of the text, then one of the ground. Beside the hairline between cells.
void frame_cell(Canvas& canvas, Rect cell, const Theme& theme, float scale) {
  cell.x1 -= std::max(1.0f, std::floor(scale)), cell.y1 -= std::max(1.0f, std::floor(scale));
  canvas.rect_outline(cell.shrunk(scale), theme.text, 2 * scale);
  canvas.rect_outline(cell.shrunk(2.75f * scale), theme.panel, 1.5f * scale);
}

void draw_key(Canvas& canvas, const Rect& line, const MatrixSpec& spec, const Theme& theme, float scale) {
  const std::string low = spec.min_label.empty() ? significant(spec.share_min, 3) : std::string(spec.min_label);
  const std::string high = spec.max_label.empty() ? significant(spec.share_max, 3) : std::string(spec.max_label);
  const float span = spec.share_max - spec.share_min;
  draw_colour_bar(canvas, line,
                  {.map = spec.map,
                   .low = low,
                   .high = high,
                   .caption = spec.caption,
                   .mark = span != 0 ? (spec.reference - spec.share_min) / span : ColourBar::kNone,
                   .mark_label = spec.reference_label},
                  theme, scale);
}

}  // namespace

void draw_matrix(Canvas& canvas, const Rect& rect, const MatrixSpec& spec, int hovered_row, int hovered_column,
                 const Theme& theme, float scale) {
  const std::size_t count = spec.rows * spec.columns;
  canvas.push_clip(rect);
  if (count == 0 || spec.values.size() < count || spec.shares.size() < count) {
    canvas.text({(rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2},
                ellipsized(canvas, spec.empty_text, rect.width(), Font::small), theme.text_dim, Font::small,
                Align::middle, Align::middle);
    return canvas.pop_clip();
  }
  const MatrixLayout at = layout_matrix(canvas, rect, spec, scale);
  const Rect& cells = at.cells;
  if (hovered_row < 0) hovered_row = spec.highlighted_row;
  if (hovered_column < 0) hovered_column = spec.highlighted_column;
  if (cells.width() >= 4 && cells.height() >= 4) {
    // Small cells have none: it would be a third of them.
    const float least =
        std::min(cells.width() / static_cast<float>(spec.columns), cells.height() / static_cast<float>(spec.rows));
    const float hairline = least >= kHairlined * scale ? std::max(1.0f, std::floor(scale)) : 0;
    if (cells.x0 > rect.x0) draw_row_labels(canvas, rect, cells, spec, hovered_row, theme, scale);
    if (cells.y0 > rect.y0) draw_column_labels(canvas, rect, cells, spec, hovered_column, theme, scale);
    canvas.rect_fill(cells, theme.grid);
    const bool numbers = numbers_fit(canvas, cells, spec, scale);
    // Of thousands of cells colours come from the map's steps, as a heatmap's.
    const bool many = count > 1000;
    const auto steps = many ? map_table(spec.map) : std::array<Colour, map_steps>{};
    const float span = spec.share_max - spec.share_min;
    const auto colour_of = [&](float share) {
      const float t = span != 0 ? (share - spec.share_min) / span : 0.5f;
      return many ? steps[static_cast<std::size_t>(std::clamp(t, 0.0f, 1.0f) * static_cast<float>(map_steps - 1) + 0.5f)]
                  : map_colour(spec.map, t);
    };
    for (std::size_t r = 0; r < spec.rows; ++r) {
      for (std::size_t c = 0; c < spec.columns; ++c) {
        Rect cell = cell_at(cells, spec, r, c);
        // The ground shows through as a hairline between cells.
        cell.x1 -= hairline;
        cell.y1 -= hairline;
        if (cell.width() <= 0 || cell.height() <= 0) continue;
        const float value = spec.values[r * spec.columns + c], share = spec.shares[r * spec.columns + c];
        const bool is_empty = std::isnan(value) || std::isnan(share) || (value == 0 && spec.zero_is_empty);
        const Colour colour = is_empty ? theme.panel : colour_of(share);
        canvas.rect_fill(cell, colour);
        if (is_empty || !numbers) continue;
        canvas.text({(cell.x0 + cell.x1) / 2, (cell.y0 + cell.y1) / 2}, number_of(spec, value), text_on(colour),
                    Font::mono_small, Align::middle, Align::middle);
      }
    }
    for (const std::size_t cell : spec.outlined)
      if (cell < count)
        frame_cell(canvas, cell_at(cells, spec, cell / spec.columns, cell % spec.columns), theme, scale);
    outline(canvas, cells, spec, hovered_row, hovered_column, theme.text, std::max(1.0f, std::floor(scale)));
    if (at.legend.height() > 0) draw_key(canvas, at.legend, spec, theme, scale);
  }
  canvas.pop_clip();
}

MatrixResult matrix(const MatrixSpec& spec, const Theme& theme, float scale) {
  MatrixResult result;
  const Item item = place_item(spec.id, spec.size, false);
  if (!item.visible) return result;
  CanvasImGui canvas(ImGui::GetWindowDrawList(), theme);
  const Rect cells = layout_matrix(canvas, item.rect, spec, scale).cells;
  tell_cells(spec.id, cells, spec.columns, spec.rows);
  if (item.hovered && spec.rows > 0 && spec.columns > 0) {
    const auto index = [](float at, float low, float extent, std::size_t count) {
      return std::clamp(static_cast<int>((at - low) / extent * static_cast<float>(count)), 0,
                        static_cast<int>(count) - 1);
    };
    const Point p = item.mouse;
    const bool among_rows = p.y >= cells.y0 && p.y < cells.y1, among_columns = p.x >= cells.x0 && p.x < cells.x1;
    if (among_rows && (among_columns || p.x < cells.x0))
      result.row = index(p.y, cells.y0, cells.height(), spec.rows);
    if (among_columns && (among_rows || p.y < cells.y0))
      result.column = index(p.x, cells.x0, cells.width(), spec.columns);
    result.clicked = (result.row >= 0 || result.column >= 0) && ImGui::IsMouseClicked(ImGuiMouseButton_Left);
  }
  draw_matrix(canvas, item.rect, spec, result.row, result.column, theme, scale);
  return result;
}

}  // namespace viz
