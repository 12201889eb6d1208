#include "viz/plots/scatter.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "viz/canvas/canvas_imgui.h"
#include "viz/plots/axis.h"
#include "viz/widgets/arrows.h"
#include "viz/widgets/item.h"
#include "viz/widgets/legend.h"

namespace viz {
namespace {

// From this many points on, one dot a pixel is enough: more would only cost vertices.
constexpr std::size_t kCrowd = 4000;

struct ScatterLayout {
  Rect all, data;
  Axis x, y;
  std::vector<LegendItem> items;
  LegendLayout legend;
  bool has_data = false;
};

std::size_t point_count(const ScatterSpec& spec) { return std::min(spec.x.size(), spec.y.size()); }

bool is_finite(float v) { return v - v == 0; }

// Widens whichever range is the shorter on screen until one unit is equally long in both.
void equalise(Axis& x, Axis& y) {
  const double per_x = (x.data_max - x.data_min) / std::max(1.0f, std::fabs(x.screen_max - x.screen_min));
  const double per_y = (y.data_max - y.data_min) / std::max(1.0f, std::fabs(y.screen_max - y.screen_min));
  const double per_pixel = std::max(per_x, per_y);
  for (Axis* axis : {&x, &y}) {
    const double middle = (axis->data_min + axis->data_max) / 2;
    const double half = per_pixel * std::fabs(axis->screen_max - axis->screen_min) / 2;
    axis->data_min = middle - half;
    axis->data_max = middle + half;
  }
}

ScatterLayout layout_scatter(Canvas& canvas, const Rect& rect, const ScatterSpec& spec, const PlotState& state,
                      float scale) {
  ScatterLayout at;
  at.all = rect;
  at.data = rect;
  for (std::size_t i = 0; i < spec.legend.size(); ++i) {
    LegendItem& item = at.items.emplace_back();
    item.label = spec.legend[i].label;
    item.colour = spec.legend[i].colour;
    item.dot = true;
    item.strong = static_cast<int>(i) == spec.highlighted_entry;
  }
  if (!at.items.empty() && rect.height() > 80 * scale) {
    const float line = legend_line_height(canvas, scale);
    const int lines = std::clamp(static_cast<int>(rect.height() * 0.25f / line), 1, 2);
    at.legend = layout_legend(canvas, {rect.x0, 0, rect.x1, 0}, at.items, lines, 0, scale);
    const float top = rect.y1 - at.legend.height;
    for (Rect& box : at.legend.boxes) {
      if (box.width() > 0) box.y0 += top, box.y1 += top;
    }
    at.legend.more.y0 += top;
    at.legend.more.y1 += top;
    at.data.y1 = std::max(at.data.y0, top - 4 * scale);
  }

  float low_x = INFINITY, high_x = -INFINITY, low_y = INFINITY, high_y = -INFINITY;
  const std::size_t n = point_count(spec);
  for (std::size_t i = 0; i < n; ++i) {
    const float x = spec.x[i], y = spec.y[i];
    if (!is_finite(x) || !is_finite(y)) continue;
    low_x = std::min(low_x, x), high_x = std::max(high_x, x);
    low_y = std::min(low_y, y), high_y = std::max(high_y, y);
  }
  for (std::size_t i = 0; i + 1 < spec.also_shown.size(); i += 2) {
    const float x = spec.also_shown[i], y = spec.also_shown[i + 1];
    if (!is_finite(x) || !is_finite(y)) continue;
    low_x = std::min(low_x, x), high_x = std::max(high_x, x);
    low_y = std::min(low_y, y), high_y = std::max(high_y, y);
  }
  for (const PlaneArrow& arrow : spec.arrows) {
    if (!is_finite(arrow.x1) || !is_finite(arrow.y1)) continue;
    low_x = std::min(low_x, arrow.x1), high_x = std::max(high_x, arrow.x1);
    low_y = std::min(low_y, arrow.y1), high_y = std::max(high_y, arrow.y1);
  }
  at.has_data = low_x <= high_x;
  if (!at.has_data) low_x = low_y = -1, high_x = high_y = 1;
  const PlaneCells& cells = spec.cells;
  const bool has_cells =
      cells.rows > 0 && cells.columns > 0 && cells.x_min < cells.x_max && cells.y_min < cells.y_max;
  if (has_cells) {
    low_x = cells.x_min, high_x = cells.x_max;
    low_y = cells.y_min, high_y = cells.y_max;
  }
  const double pad = has_cells ? 0 : 0.06;
  const double pad_x = pad * (static_cast<double>(high_x) - low_x),
               pad_y = pad * (static_cast<double>(high_y) - low_y);
  at.x = {low_x - pad_x, high_x + pad_x, at.data.x0, at.data.x1, false};
  at.y = {low_y - pad_y, high_y + pad_y, at.data.y1, at.data.y0, false};
  for (Axis* axis : {&at.x, &at.y}) {
    if (!(axis->data_min < axis->data_max)) axis->data_min -= 0.5, axis->data_max += 0.5;
  }
  const bool own_view = !state.fit_x && !state.fit_y && state.x_min < state.x_max && state.y_min < state.y_max;
  if (own_view) {
    at.x.data_min = state.x_min, at.x.data_max = state.x_max;
    at.y.data_min = state.y_min, at.y.data_max = state.y_max;
  }
  if (spec.equal_aspect) equalise(at.x, at.y);
  return at;
}

Point screen_of(const ScatterLayout& at, float x, float y) {
  return {at.x.screen_from_data(x), at.y.screen_from_data(y)};
}

std::vector<Arrow> arrows_of(const ScatterLayout& at, const ScatterSpec& spec) {
  std::vector<Arrow> arrows;
  arrows.reserve(spec.arrows.size());
  for (const PlaneArrow& arrow : spec.arrows)
    arrows.push_back({screen_of(at, arrow.x0, arrow.y0), screen_of(at, arrow.x1, arrow.y1), arrow.name, arrow.colour, arrow.lit});
  return arrows;
}

// Marks pixels that have a dot already.
class Occupied {
 public:
  Occupied(const Rect& rect, float cell)
      : rect_(rect),
        cell_(cell),
        columns_(how_many(rect.width(), cell) + 2),
        taken_(columns_ * (how_many(rect.height(), cell) + 2), false) {}
  bool take(Point p) {
    if (!rect_.contains(p)) return true;
    const std::size_t at = static_cast<std::size_t>((p.y - rect_.y0) / cell_) * columns_ +
                           static_cast<std::size_t>((p.x - rect_.x0) / cell_);
    const bool was = taken_[at];
    taken_[at] = true;
    return !was;
  }

 private:
  Rect rect_;
  float cell_;
  std::size_t columns_;
  std::vector<bool> taken_;
};

void draw_points(Canvas& canvas, const ScatterLayout& at, const ScatterSpec& spec, const Theme& theme, float scale) {
  const std::size_t n = point_count(spec);
  const bool has_lit = !spec.lit.empty();
  const Rect near = at.data.shrunk(-4 * spec.radius * scale);
  const double kx = at.x.slope(), ox = at.x.offset(), ky = at.y.slope(), oy = at.y.offset();
  std::vector<Point> centres;
  std::vector<Colour> colours;
  for (const bool lit : {false, true}) {  // those that stand out lie on top
    if (lit && !has_lit) break;
    centres.clear();
    colours.clear();
    Occupied occupied(n > kCrowd ? near : Rect{}, std::max(1.0f, 0.75f * scale));
    for (std::size_t i = 0; i < n; ++i) {
      if (has_lit && (i < spec.lit.size() && spec.lit[i] != 0) != lit) continue;
      const float x = spec.x[i], y = spec.y[i];
      if (!is_finite(x) || !is_finite(y)) continue;
      const Point p{static_cast<float>(x * kx + ox), static_cast<float>(y * ky + oy)};
      if (!near.contains(p) || (n > kCrowd && !occupied.take(p))) continue;
      const Colour own = i < spec.colours.size() ? spec.colours[i] : theme.accent;
      centres.push_back(p);
      colours.push_back(has_lit && !lit ? faded(own, 0.22f) : own);
    }
    const float crowd = n > 20000 ? 0.55f : n > kCrowd ? 0.7f : 1.0f;
    canvas.dots(centres, colours, std::max(1.0f, spec.radius * scale * crowd * (lit ? 1.25f : 1.0f)));
  }
}

// The cells, and a line wherever two neighbours differ: one stroke for each straight stretch of a border.
void draw_cells(Canvas& canvas, const ScatterLayout& at, const PlaneCells& cells, float scale) {
  const std::size_t rows = cells.rows, columns = cells.columns;
  if (rows == 0 || columns == 0 || cells.colours.size() < rows * columns) return;
  const Point low = screen_of(at, cells.x_min, cells.y_min), high = screen_of(at, cells.x_max, cells.y_max);
  std::vector<Colour> from_top;
  from_top.reserve(rows * columns);
  for (std::size_t r = rows; r-- > 0;)
    from_top.insert(from_top.end(), cells.colours.begin() + static_cast<std::ptrdiff_t>(r * columns),
                    cells.colours.begin() + static_cast<std::ptrdiff_t>((r + 1) * columns));
  const Rect rect{low.x, high.y, high.x, low.y};
  canvas.cell_grid(rect, rows, columns, from_top);
  if (alpha(cells.edge) == 0) return;
  std::vector<Point> pairs;
  const auto x_of = [&](std::size_t c) {
    return grid_edge(rect.x0, rect.width(), c, columns);
  };
  const auto y_of = [&](std::size_t r) {
    return grid_edge(rect.y0, rect.height(), r, rows);
  };
  const auto differs = [&](std::size_t a, std::size_t b) { return from_top[a] != from_top[b]; };
  for (std::size_t c = 1; c < columns; ++c)
    for (std::size_t r = 0; r < rows; ++r) {
      if (!differs(r * columns + c - 1, r * columns + c)) continue;
      const std::size_t begin = r;
      while (r < rows && differs(r * columns + c - 1, r * columns + c)) ++r;
      pairs.insert(pairs.end(), {{x_of(c), y_of(begin)}, {x_of(c), y_of(r)}});
    }
  for (std::size_t r = 1; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) {
      if (!differs((r - 1) * columns + c, r * columns + c)) continue;
      const std::size_t begin = c;
      while (c < columns && differs((r - 1) * columns + c, r * columns + c)) ++c;
      pairs.insert(pairs.end(), {{x_of(begin), y_of(r)}, {x_of(c), y_of(r)}});
    }
  canvas.segments(pairs, cells.edge, std::max(1.0f, std::floor(scale)));
}

void draw(Canvas& canvas, const ScatterLayout& at, const ScatterSpec& spec, int hovered, int hovered_entry,
          const Theme& theme, float scale) {
  if (at.data.width() < 8 || at.data.height() < 8) return;
  canvas.push_clip(at.all);
  canvas.push_clip(at.data);
  const float hairline = std::max(1.0f, std::floor(scale));
  const Point zero = screen_of(at, 0, 0);
  draw_cells(canvas, at, spec.cells, scale);
  const bool has_zero = spec.zero_lines && spec.cells.rows == 0;
  if (has_zero && at.data.contains({zero.x, at.data.y0})) {
    canvas.rect_fill({std::round(zero.x), at.data.y0, std::round(zero.x) + hairline, at.data.y1}, theme.grid);
  }
  if (has_zero && at.data.contains({at.data.x0, zero.y})) {
    canvas.rect_fill({at.data.x0, std::round(zero.y), at.data.x1, std::round(zero.y) + hairline}, theme.grid);
  }
  for (const PlaneLabel& label : spec.labels) {
    if (label.from_origin) {
      canvas.line(zero, screen_of(at, label.x, label.y), label.colour != 0 ? label.colour : theme.text_dim,
                  1.5f * scale);
    }
  }
  draw_points(canvas, at, spec, theme, scale);
  for (std::size_t i = 0; i < std::min(point_count(spec), spec.ringed.size()); ++i) {
    if (spec.ringed[i] == 0 || (!spec.lit.empty() && spec.lit[i] == 0)) continue;
    canvas.circle_outline(screen_of(at, spec.x[i], spec.y[i]), (spec.radius + 2) * scale, theme.text,
                          1.2f * scale);
  }
  const float text = canvas.text_size("0", Font::mono_small).y;
  std::vector<Rect> written;
  for (const PlaneLabel& label : spec.labels) {
    const Point p = screen_of(at, label.x, label.y);
    const float half = canvas.text_size(label.text, Font::mono_small).x / 2 + 2 * scale;
    // A label whose spot is in view stays whole in view.
    if (!at.data.contains(p) || 2 * half > at.data.width()) continue;
    const float x = std::clamp(p.x, at.data.x0 + half, at.data.x1 - half);
    const float y = std::clamp(p.y, at.data.y0 + text / 2, at.data.y1 - text / 2);
    const Rect box{x - half, y - text / 2 - scale, x + half, y + text / 2 + scale};
    if (std::any_of(written.begin(), written.end(), [&](const Rect& other) {
          return box.x0 < other.x1 && other.x0 < box.x1 && box.y0 < other.y1 && other.y0 < box.y1;
        }))
      continue;
    written.push_back(box);
    canvas.rect_fill(box, faded(theme.panel, 0.75f), 3 * scale);
    canvas.text({x, y}, label.text, theme.text, Font::mono_small, Align::middle, Align::middle);
  }
  if (!spec.arrows.empty()) draw_arrows(canvas, at.data, arrows_of(at, spec), theme, scale);
  if (hovered >= 0 && static_cast<std::size_t>(hovered) < point_count(spec)) {
    const auto i = static_cast<std::size_t>(hovered);
    canvas.circle_outline(screen_of(at, spec.x[i], spec.y[i]), (spec.radius + 3) * scale, theme.text,
                          1.5f * scale);
  }
  const float half_width = at.data.width() / 2 - 8 * scale;
  canvas.text({at.data.x1 - 2 * scale, at.data.y1 - 2 * scale},
              ellipsized(canvas, spec.x_name, half_width, Font::small), theme.text_dim, Font::small, Align::end,
              Align::end);
  canvas.text({at.data.x0 + 2 * scale, at.data.y0 + 2 * scale},
              ellipsized(canvas, spec.y_name, half_width, Font::small), theme.text_dim, Font::small);
  if (!at.has_data) {
    canvas.text({(at.data.x0 + at.data.x1) / 2, (at.data.y0 + at.data.y1) / 2},
                ellipsized(canvas, spec.empty_text, at.data.width(), Font::small), theme.text_dim, Font::small,
                Align::middle, Align::middle);
  }
  canvas.pop_clip();
  draw_legend(canvas, at.legend, at.items, hovered_entry, theme, scale);
  canvas.pop_clip();
}

int nearest_point(const ScatterLayout& at, const ScatterSpec& spec, Point mouse, float reach) {
  const double kx = at.x.slope(), ox = at.x.offset(), ky = at.y.slope(), oy = at.y.offset();
  float best = reach * reach;
  int found = -1;
  const std::size_t n = point_count(spec);
  for (std::size_t i = 0; i < n; ++i) {
    const float dx = static_cast<float>(spec.x[i] * kx + ox) - mouse.x,
                dy = static_cast<float>(spec.y[i] * ky + oy) - mouse.y;
    const float d = dx * dx + dy * dy;
    if (d <= best) {  // NaN fails
      best = d;
      found = static_cast<int>(i);
    }
  }
  return found;
}

// A box under the right button: draws it while it grows, tells when it is done. A mere click is none.
void draw_box(Canvas& canvas, const ScatterLayout& at, PlotState& state, const Item& item, bool on_data, const Theme& theme,
              float scale, ScatterResult& result) {
  if (on_data && ImGui::IsMouseClicked(ImGuiMouseButton_Right)) {
    state.boxing = true;
    state.box_x = result.plane_x;
    state.box_y = result.plane_y;
  }
  if (!state.boxing) return;
  const Point corner{at.x.screen_from_data(state.box_x), at.y.screen_from_data(state.box_y)};
  const Point mouse{std::clamp(item.mouse.x, at.data.x0, at.data.x1), std::clamp(item.mouse.y, at.data.y0, at.data.y1)};
  const Rect box{std::min(corner.x, mouse.x), std::min(corner.y, mouse.y), std::max(corner.x, mouse.x),
                 std::max(corner.y, mouse.y)};
  canvas.rect_fill(box, faded(theme.accent, 0.12f));
  canvas.rect_outline(box, theme.accent, std::max(1.0f, scale));
  if (ImGui::IsMouseDown(ImGuiMouseButton_Right)) return;
  state.boxing = false;
  if (box.width() < 3 * scale || box.height() < 3 * scale) return;
  result.boxed = true;
  result.box_x_min = at.x.data_from_screen(box.x0), result.box_x_max = at.x.data_from_screen(box.x1);
  result.box_y_min = at.y.data_from_screen(box.y1), result.box_y_max = at.y.data_from_screen(box.y0);
}

}  // namespace

std::vector<std::uint8_t> points_in(const ScatterResult& box, const View<float>& x, const View<float>& y) {
  std::vector<std::uint8_t> out(std::min(x.size(), y.size()));
  for (std::size_t i = 0; i < out.size(); ++i)  // NaN fails
    out[i] = x[i] >= box.box_x_min && x[i] <= box.box_x_max && y[i] >= box.box_y_min && y[i] <= box.box_y_max;
  return out;
}

void draw_scatter(Canvas& canvas, const Rect& rect, const ScatterSpec& spec, const PlotState& state, int hovered,
                  const Theme& theme, float scale) {
  draw(canvas, layout_scatter(canvas, rect, spec, state, scale), spec, hovered, -1, theme, scale);
}

ScatterResult scatter(const ScatterSpec& spec, PlotState& state, const Theme& theme, float scale) {
  ScatterResult result;
  const Item item = place_item(spec.id, spec.size, true);
  if (!item.visible && !state.dragging && !state.boxing) return result;
  CanvasImGui canvas(ImGui::GetWindowDrawList(), theme);
  ScatterLayout at = layout_scatter(canvas, item.rect, spec, state, scale);
  result.data_area = at.data;
  tell_cells(spec.id, at.data);
  const bool on_data = item.hovered && at.data.width() > 0 && at.data.contains(item.mouse);
  const bool clicked = ImGui::IsMouseClicked(ImGuiMouseButton_Left);
  if (on_data) {
    result.on_plane = true;
    result.plane_x = at.x.data_from_screen(item.mouse.x);
    result.plane_y = at.y.data_from_screen(item.mouse.y);
  }
  if (on_data && !state.dragging && !state.boxing) {
    if (!spec.arrows.empty()) result.hovered_arrow = arrow_at(arrows_of(at, spec), item.mouse, 7 * scale);
    if (result.hovered_arrow < 0) result.hovered = nearest_point(at, spec, item.mouse, 8 * scale);
  }
  if (item.hovered) result.hovered_entry = legend_item_at(at.legend, item.mouse);
  if (clicked) {
    result.clicked = result.hovered;
    result.clicked_entry = result.hovered_entry;
  }
  draw(canvas, at, spec, result.hovered, result.hovered_entry, theme, scale);

  if (spec.box) draw_box(canvas, at, state, item, on_data, theme, scale, result);

  const ImGuiIO& io = ImGui::GetIO();
  if (on_data && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
    state.fit_x = state.fit_y = true;
    state.dragging = false;
    result.view_changed = true;
    return result;
  }
  if (on_data && clicked) state.dragging = true;
  if (!ImGui::IsMouseDown(ImGuiMouseButton_Left)) state.dragging = false;
  if (state.dragging && ImGui::IsMouseDragging(ImGuiMouseButton_Left, 3 * scale) &&
      (io.MouseDelta.x != 0 || io.MouseDelta.y != 0)) {
    at.x.pan(io.MouseDelta.x);
    at.y.pan(io.MouseDelta.y);
    result.view_changed = true;
  }
  if (on_data && io.MouseWheel != 0) {
    const double factor = std::pow(0.85, static_cast<double>(io.MouseWheel));
    at.x.zoom(item.mouse.x, factor);
    at.y.zoom(item.mouse.y, factor);
    result.view_changed = true;
  }
  if (result.view_changed) state.fit_x = state.fit_y = false;
  state.x_min = at.x.data_min, state.x_max = at.x.data_max;
  state.y_min = at.y.data_min, state.y_max = at.y.data_max;
  return result;
}

}  // namespace viz
