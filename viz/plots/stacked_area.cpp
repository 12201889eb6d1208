#include "viz/plots/stacked_area.h"

#include <cmath>
#include <string>
#include <vector>

#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/plots/axis.h"
#include "viz/plots/decimate.h"
#include "viz/widgets/item.h"
#include "viz/widgets/legend.h"

namespace viz {
namespace {

struct AreaLayout {
  Rect data;
  Axis x, y;
  std::vector<LegendItem> items;
  LegendLayout legend;
  std::vector<std::size_t> shown;  // layers that are switched on, bottom to top
  std::vector<float> at;           // x on the screen of each column
  std::vector<float> tops;         // [shown, columns] upper edge in data units
  bool has_data = false;
};

std::size_t sample_count(const StackedAreaSpec& spec) {
  std::size_t n = spec.x.size();
  for (const StackedLayer& layer : spec.layers) n = std::min(n, layer.y.size());
  return spec.layers.empty() ? 0 : n;
}

Colour layer_colour(const StackedAreaSpec& spec, const Theme& theme, std::size_t i) {
  return spec.layers[i].colour != 0 ? spec.layers[i].colour : category_colour(theme, i);
}

// Means of each layer by columns of pixels, and from them the edges. A column without a sample of its own is left
// out: the edge runs straight from its neighbours.
void reduce(const StackedAreaSpec& spec, float column_px, AreaLayout& out) {
  const std::size_t n = sample_count(spec), rows = out.shown.size();
  if (n == 0 || rows == 0) return;
  const IndexRange range = visible_range(spec.x, out.x.data_min, out.x.data_max);
  const std::size_t last = std::min(range.last, n);
  std::vector<double> sum(rows);
  std::vector<std::vector<float>> means(rows);
  // The sample on the right edge belongs to the last whole column: alone it would stick out of the means.
  const float last_column = std::floor((out.x.screen_max - out.x.screen_min) / column_px) - 1;
  const auto column_of = [&](std::size_t i) {
    return static_cast<long>(
        std::min(std::floor((out.x.screen_from_data(spec.x[i]) - out.x.screen_min) / column_px), last_column));
  };
  for (std::size_t i = range.first; i < last;) {
    const long column = column_of(i);
    std::fill(sum.begin(), sum.end(), 0.0);
    double x = 0;
    std::size_t count = 0;
    for (; i < last && column_of(i) == column; ++i, ++count) {
      x += out.x.screen_from_data(spec.x[i]);
      for (std::size_t r = 0; r < rows; ++r) sum[r] += static_cast<double>(drawn_amount(spec.layers[out.shown[r]].y[i]));
    }
    out.at.push_back(static_cast<float>(x / static_cast<double>(count)));
    double total = 0;
    for (const double s : sum) total += s;
    const double unit = !spec.normalise ? static_cast<double>(count) : total > 0 ? total : 1;
    double edge = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      edge += sum[r] / unit;
      means[r].push_back(static_cast<float>(edge));
    }
  }
  for (const std::vector<float>& row : means) out.tops.insert(out.tops.end(), row.begin(), row.end());
  out.has_data = !out.at.empty();
}

AreaLayout layout_area(Canvas& canvas, const Rect& rect, const StackedAreaSpec& spec, const PlotState& state,
                   const Theme& theme, float scale) {
  AreaLayout out;
  const Point digit = canvas.text_size("0", Font::mono_small);
  float bottom = rect.y1;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    LegendItem& item = out.items.emplace_back();
    item.label = spec.layers[i].label;
    item.colour = layer_colour(spec, theme, i);
    item.hidden = state.hidden.contains(std::string(spec.layers[i].label));
    item.strong = static_cast<int>(i) == spec.highlighted;
    item.dot = true;
    if (!item.hidden) out.shown.push_back(i);
  }
  if (spec.show_legend && !out.items.empty() && rect.height() > 80 * scale) {
    const int lines =
        std::clamp(static_cast<int>(rect.height() * 0.25f / legend_line_height(canvas, scale)), 1, 2);
    out.legend = layout_legend(canvas, {rect.x0, 0, rect.x1, 0}, out.items, lines, 0, scale);
    const float top = rect.y1 - out.legend.height;
    for (Rect& box : out.legend.boxes)
      if (box.width() > 0) box.y0 += top, box.y1 += top;
    out.legend.more.y0 += top;
    out.legend.more.y1 += top;
    bottom = top - 2 * scale;
  }
  if (spec.show_x_labels) bottom -= digit.y + 6 * scale;
  const float gutter = canvas.text_size("100%", Font::mono_small).x;
  const float top = rect.y0 + std::ceil(digit.y / 2);
  out.data = {std::min(std::floor(rect.x0 + gutter + 7 * scale), rect.x1), top, rect.x1, std::max(bottom, top)};

  const std::size_t n = sample_count(spec);
  double low = n > 0 ? spec.x[0] : 0, high = n > 0 ? spec.x[n - 1] : 1;
  if (!state.fit_x && state.x_min < state.x_max) low = state.x_min, high = state.x_max;
  if (!(low < high)) high = low + 1;
  out.x = {low, high, out.data.x0, out.data.x1, false};
  reduce(spec, std::max(1.0f, 2 * scale), out);
  double most = 1;
  if (!spec.normalise) {
    most = 0;
    for (const float t : out.tops) most = std::max(most, static_cast<double>(t));
    if (!(most > 0)) most = 1;
  }
  out.y = {0, most, out.data.y1, out.data.y0, false};
  return out;
}

void draw_axes(Canvas& canvas, const Rect& rect, const AreaLayout& at, const StackedAreaSpec& spec, const Theme& theme,
               float scale) {
  const Point digit = canvas.text_size("0", Font::mono_small);
  std::vector<Tick> y_ticks = ticks(at.y, std::clamp(static_cast<int>(at.data.height() / (3.2f * digit.y)), 2, 5));
  keep_labels_apart(y_ticks, at.y, [&](const Tick&) { return digit.y; });
  for (const Tick& tick : y_ticks) {
    if (tick.label.empty()) continue;
    const float y = std::round(at.y.screen_from_data(tick.value));
    canvas.text({at.data.x0 - 6 * scale, y}, spec.normalise ? significant(100 * tick.value, 3) + "%" : tick.label,
                theme.text_dim, Font::mono_small, Align::end, Align::middle);
  }
  if (!spec.show_x_labels) return;
  float free_from = -INFINITY;
  for (const Tick& tick :
       ticks(at.x, std::clamp(static_cast<int>(at.data.width() / (9 * digit.x)), 1, 10), TickLabels::compact)) {
    const float width = canvas.text_size(tick.label, Font::mono_small).x;
    const float x = std::min(at.x.screen_from_data(tick.value) - width / 2, rect.x1 - width);
    if (x < free_from || x < rect.x0) continue;
    canvas.text({x, at.data.y1 + 4 * scale}, tick.label, theme.text_dim, Font::mono_small);
    free_from = x + width + 8 * scale;
  }
}

void draw(Canvas& canvas, const Rect& rect, const AreaLayout& at, const StackedAreaSpec& spec, double hover_x, int lit,
          const Theme& theme, float scale) {
  if (at.data.width() < 8 || at.data.height() < 8) return;
  canvas.push_clip(rect);
  draw_axes(canvas, rect, at, spec, theme, scale);
  canvas.push_clip(at.data);
  const std::size_t columns = at.at.size();
  const float hairline = std::max(1.0f, std::floor(scale));
  std::vector<Point> lower, upper;
  for (std::size_t c = 0; c < columns; ++c) lower.push_back({at.at[c], at.data.y1});
  if (columns == 1) lower = {{at.data.x0, at.data.y1}, {at.data.x1, at.data.y1}};  // one moment holds all along
  for (std::size_t r = 0; r < at.shown.size() && columns > 0; ++r) {
    upper = lower;
    for (std::size_t c = 0; c < upper.size(); ++c)
      upper[c].y = at.y.screen_from_data(at.tops[r * columns + std::min(c, columns - 1)]);
    const bool mine = static_cast<int>(at.shown[r]) == lit;
    canvas.area_fill(upper, lower, faded(layer_colour(spec, theme, at.shown[r]), lit < 0 || mine ? 0.85f : 0.25f));
    // The ground between bands keeps neighbours of like colour apart.
    canvas.polyline(upper, theme.panel, hairline, Stroke::smooth);
    lower = upper;
  }
  for (const double x : spec.breaks) {
    const float px = std::round(at.x.screen_from_data(x));
    canvas.rect_fill({px, at.data.y0, px + hairline, at.data.y1}, theme.ground);
  }
  if (std::isfinite(hover_x)) {
    const float x = std::round(at.x.screen_from_data(hover_x)) + 0.5f;
    if (x >= at.data.x0 && x <= at.data.x1)
      canvas.line({x, at.data.y0}, {x, at.data.y1}, faded(theme.text, 0.7f), hairline);
  }
  if (!at.has_data)
    canvas.text({(at.data.x0 + at.data.x1) / 2, (at.data.y0 + at.data.y1) / 2},
                ellipsized(canvas, spec.empty_text, at.data.width(), Font::small), theme.text_dim, Font::small,
                Align::middle, Align::middle);
  canvas.pop_clip();
  draw_legend(canvas, at.legend, at.items, lit, theme, scale);
  canvas.pop_clip();
}

// Which band holds the point, as the bands are drawn.
int layer_at(const AreaLayout& at, Point p) {
  if (at.at.empty()) return -1;
  const auto right = std::lower_bound(at.at.begin(), at.at.end(), p.x);
  const std::size_t b = std::min(static_cast<std::size_t>(right - at.at.begin()), at.at.size() - 1),
                    a = b > 0 && right != at.at.end() ? b - 1 : b;
  const float t = a == b ? 0 : (p.x - at.at[a]) / std::max(1e-6f, at.at[b] - at.at[a]);
  for (std::size_t r = 0; r < at.shown.size(); ++r) {
    const float edge = at.tops[r * at.at.size() + a] * (1 - t) + at.tops[r * at.at.size() + b] * t;
    if (p.y >= at.y.screen_from_data(edge)) return static_cast<int>(at.shown[r]);
  }
  return -1;
}

float share_at(const StackedAreaSpec& spec, const AreaLayout& at, int layer, std::size_t sample) {
  double total = 0;
  for (const std::size_t i : at.shown) total += static_cast<double>(drawn_amount(spec.layers[i].y[sample]));
  return total > 0 ? static_cast<float>(drawn_amount(spec.layers[static_cast<std::size_t>(layer)].y[sample]) / total)
                   : 0;
}

// Zoom and pan in x.
void react(const Item& item, bool on_data, AreaLayout& at, PlotState& state, float scale, StackedAreaResult& result) {
  const ImGuiIO& io = ImGui::GetIO();
  if (on_data && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
    state.fit_x = true;
    state.dragging = false;
    result.view_changed = true;
    return;
  }
  if (on_data && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) state.dragging = true;
  if (!ImGui::IsMouseDown(ImGuiMouseButton_Left)) state.dragging = false;
  if (state.dragging && ImGui::IsMouseDragging(ImGuiMouseButton_Left, 3 * scale) && io.MouseDelta.x != 0) {
    at.x.pan(io.MouseDelta.x);
    result.view_changed = true;
  }
  if (on_data && io.MouseWheel != 0) {
    at.x.zoom(item.mouse.x, std::pow(0.85, static_cast<double>(io.MouseWheel)));
    result.view_changed = true;
  }
  if (result.view_changed) state.fit_x = false;
  state.x_min = at.x.data_min, state.x_max = at.x.data_max;
}

}  // namespace

void draw_stacked_area(Canvas& canvas, const Rect& rect, const StackedAreaSpec& spec, const PlotState& state,
                       double hover_x, const Theme& theme, float scale) {
  draw(canvas, rect, layout_area(canvas, rect, spec, state, theme, scale), spec, hover_x, spec.highlighted, theme,
       scale);
}

StackedAreaResult stacked_area(const StackedAreaSpec& spec, PlotState& state, SharedHover* hover,
                               const Theme& theme, float scale) {
  StackedAreaResult result;
  const Item item = place_item(spec.id, spec.size, true);
  if (!item.visible && !state.dragging) return result;
  CanvasImGui canvas(ImGui::GetWindowDrawList(), theme);
  AreaLayout at = layout_area(canvas, item.rect, spec, state, theme, scale);
  tell_cells(spec.id, at.data);
  const bool on_data = item.hovered && at.data.width() > 0 && at.data.contains(item.mouse);
  double hover_x = hover && hover->active ? hover->x : NAN;
  if (on_data) {
    hover_x = at.x.data_from_screen(item.mouse.x);
    if (hover) {
      hover->next_active = true;
      hover->next_x = hover_x;
    }
    if (const std::size_t n = sample_count(spec); n > 0) {
      result.sample = static_cast<std::ptrdiff_t>(std::min(nearest_index(spec.x, hover_x), n - 1));
      result.x = spec.x[static_cast<std::size_t>(result.sample)];
      result.layer = layer_at(at, item.mouse);
      if (result.layer >= 0)
        result.share = share_at(spec, at, result.layer, static_cast<std::size_t>(result.sample));
    }
  } else if (item.hovered) {
    result.layer = legend_item_at(at.legend, item.mouse);
    if (result.layer >= 0 && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
      const std::string label(spec.layers[static_cast<std::size_t>(result.layer)].label);
      if (state.hidden.erase(label) == 0) state.hidden.insert(label);
      result.toggled = result.layer;
    }
  }
  draw(canvas, item.rect, at, spec, hover_x, result.layer >= 0 ? result.layer : spec.highlighted, theme, scale);
  react(item, on_data, at, state, scale, result);
  return result;
}

}  // namespace viz
