#include "viz/plots/stacked_bars.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/plots/axis.h"
#include "viz/widgets/item.h"
#include "viz/widgets/legend.h"

namespace viz {
namespace {

float amount(const StackedRow& row, std::size_t part) {
  return part < row.parts.size() && std::isfinite(row.parts[part]) ? std::max(0.0f, row.parts[part]) : 0;
}

struct BarsLayout {
  Rect bars;                // x: the scale; y: all rows
  float slot = 0, bar = 0;  // height of a row, and of its bar
  Axis axis;
  std::vector<Tick> ticks;
  std::vector<LegendItem> items;
  LegendLayout legend;
  Rect bar_of(std::size_t row) const {
    const float top = bars.y0 + static_cast<float>(row) * slot + (slot - bar) / 2;
    return {bars.x0, top, bars.x1, top + bar};
  }
};

BarsLayout layout_bars(Canvas& canvas, const Rect& rect, const StackedBarsSpec& spec, const Theme& theme,
                       float scale) {
  BarsLayout at;
  for (std::size_t p = 0; p < spec.parts.size(); ++p) {
    const StackedPart& part = spec.parts[p];
    at.items.push_back({.label = part.name,
                        .value = {},
                        .colour = part.colour ? part.colour : curve_colour(theme, p),
                        .dot = true});
  }
  float label = 0, note = 0, most = std::isfinite(spec.reference) ? spec.reference : 0;
  for (const StackedRow& row : spec.rows) {
    label = std::max(label, canvas.text_size(row.label, Font::small).x);
    note = std::max(note, canvas.text_size(row.note, Font::mono_small).x);
    float sum = 0;
    for (std::size_t p = 0; p < spec.parts.size(); ++p) sum += amount(row, p);
    most = std::max(most, sum);
  }
  const float tick = canvas.text_size("0", Font::mono_small).y;
  at.bars = rect;
  at.bars.x0 += std::min(label + 8 * scale, rect.width() * 0.3f);
  at.bars.x1 -= std::min(note + 8 * scale, rect.width() * 0.3f);
  if (std::isfinite(spec.reference)) at.bars.y0 += canvas.text_size("0", Font::small).y + 3 * scale;
  const bool has_legend = rect.height() > 90 * scale;
  if (has_legend) at.legend = layout_legend(canvas, rect, at.items, 2, 0, scale);
  at.bars.y1 -= tick + 6 * scale + (has_legend ? at.legend.height + 4 * scale : 0);
  const auto rows = static_cast<float>(std::max<std::size_t>(spec.rows.size(), 1));
  // Few bars stay slender instead of filling the panel like posters.
  at.slot = std::min(at.bars.height() / rows, 60 * scale);
  at.bars.y1 = at.bars.y0 + at.slot * rows;
  // Below the scale, wherever that ends.
  const float below = at.bars.y1 + tick + 10 * scale;
  if (has_legend) at.legend = layout_legend(canvas, {rect.x0, below, rect.x1, rect.y1}, at.items, 2, 0, scale);
  at.bar = at.slot - (at.slot > 10 * scale ? 0.3f * at.slot : at.slot > 3 * scale ? std::max(1.0f, scale) : 0.0f);
  at.axis = {.data_max = most > 0 ? most : 1.0, .screen_min = at.bars.x0, .screen_max = at.bars.x1};
  at.ticks =
      linear_ticks(0, at.axis.data_max, static_cast<int>(std::clamp(at.bars.width() / (64 * scale), 1.0f, 10.0f)));
  return at;
}

bool has_room(const BarsLayout& at) { return at.bars.height() >= 4 && at.bars.width() >= 8; }

void draw_axis(Canvas& canvas, const Rect& rect, const StackedBarsSpec& spec, const BarsLayout& at,
               const Theme& theme, float scale) {
  const float hairline = std::max(1.0f, std::floor(scale));
  for (std::size_t t = 0; t < at.ticks.size(); ++t) {
    const float x = std::round(at.axis.screen_from_data(at.ticks[t].value));
    canvas.rect_fill({x, at.bars.y0, x + hairline, at.bars.y1}, theme.grid);
    std::string label = at.ticks[t].label;
    if (t + 1 == at.ticks.size() && !spec.unit.empty()) label += " " + std::string(spec.unit);
    const float half = canvas.text_size(label, Font::mono_small).x / 2;
    canvas.text({std::clamp(x, rect.x0 + half, std::max(rect.x0 + half, rect.x1 - half)), at.bars.y1 + 4 * scale},
                label, theme.text_dim, Font::mono_small, Align::middle);
  }
}

void draw_row(Canvas& canvas, const StackedBarsSpec& spec, const BarsLayout& at, std::size_t r, bool is_named,
              const Theme& theme, float scale) {
  const StackedRow& row = spec.rows[r];
  const Rect bar = at.bar_of(r);
  const bool dim = spec.highlighted >= 0 && static_cast<std::size_t>(spec.highlighted) < spec.rows.size() &&
                   static_cast<std::size_t>(spec.highlighted) != r;
  const float text = canvas.text_size("0", Font::mono_small).y, hairline = std::max(1.0f, std::floor(scale));
  const auto format = spec.format ? spec.format : three_digits;
  double sum = 0;
  for (std::size_t p = 0; p < spec.parts.size(); ++p) {
    const double value = amount(row, p);
    if (value <= 0) continue;
    const Rect box{std::round(at.axis.screen_from_data(sum)), bar.y0,
                   std::round(at.axis.screen_from_data(sum + value)), bar.y1};
    sum += value;
    if (box.width() < 1) continue;
    const Colour own = dim ? faded(at.items[p].colour, 0.35f) : at.items[p].colour;
    if (spec.parts[p].hatched) {
      canvas.rect_fill(box, faded(own, 0.16f));
      hatch(canvas, box, faded(own, 0.55f), hairline, 5 * scale, 0);
      canvas.rect_outline(box, faded(own, 0.7f), hairline);
    } else {
      canvas.rect_fill(box, own);
    }
    const std::string shown = format(value);
    const Point size = canvas.text_size(shown, Font::mono_small);
    if (at.bar < text || box.width() < size.x + 8 * scale) continue;
    const Point middle{(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2};
    // Its own ground among the lines.
    if (spec.parts[p].hatched)
      canvas.rect_fill({middle.x - size.x / 2 - 3 * scale, middle.y - size.y / 2,
                        middle.x + size.x / 2 + 3 * scale, middle.y + size.y / 2},
                       theme.panel);
    canvas.text(middle, shown, spec.parts[p].hatched ? theme.text : text_on(own), Font::mono_small, Align::middle,
                Align::middle);
  }
  if (!is_named) return;
  const float y = (bar.y0 + bar.y1) / 2;
  canvas.text({at.bars.x0 - 8 * scale, y}, row.label, dim ? theme.text_dim : theme.text, Font::small, Align::end,
              Align::middle);
  canvas.text({at.axis.screen_from_data(sum) + 6 * scale, y}, row.note, theme.text_dim, Font::mono_small,
              Align::start, Align::middle);
}

}  // namespace

void draw_stacked_bars(Canvas& canvas, const Rect& rect, const StackedBarsSpec& spec, const Theme& theme,
                       float scale) {
  const BarsLayout at = layout_bars(canvas, rect, spec, theme, scale);
  if (!has_room(at)) return;
  canvas.push_clip(rect);
  if (spec.rows.empty()) {
    canvas.text({(rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2},
                ellipsized(canvas, spec.empty_text, rect.width(), Font::small), theme.text_dim, Font::small,
                Align::middle, Align::middle);
    canvas.pop_clip();
    return;
  }
  draw_axis(canvas, rect, spec, at, theme, scale);
  // Every how many rows a name has its line.
  const float line = canvas.text_size("0", Font::small).y;
  const auto stride = static_cast<std::size_t>(std::max(1.0f, std::ceil(line / at.slot)));
  for (std::size_t r = 0; r < spec.rows.size(); ++r) {
    draw_row(canvas, spec, at, r, r % stride == 0, theme, scale);
  }
  if (std::isfinite(spec.reference)) {
    const float x = std::round(at.axis.screen_from_data(spec.reference)) + 0.5f;
    dashed_line(canvas, {x, at.bars.y0 - 2 * scale}, {x, at.bars.y1}, theme.text,
                std::max(1.0f, std::floor(scale)), 5 * scale, 4 * scale);
    const std::string label = ellipsized(canvas, spec.reference_label, rect.width(), Font::small);
    const float half = canvas.text_size(label, Font::small).x / 2;
    canvas.text({std::clamp(x, rect.x0 + half, std::max(rect.x0 + half, rect.x1 - half)), rect.y0}, label,
                theme.text_dim, Font::small, Align::middle);
  }
  draw_legend(canvas, at.legend, at.items, -1, theme, scale);
  canvas.pop_clip();
}

StackedBarsResult stacked_bars(const StackedBarsSpec& spec, const Theme& theme, float scale) {
  StackedBarsResult result;
  const Item item = place_item(spec.id, spec.size, false);
  if (!item.visible) return result;
  CanvasImGui canvas(ImGui::GetWindowDrawList(), theme);
  const BarsLayout at = layout_bars(canvas, item.rect, spec, theme, scale);
  const float bottom = at.bars.y0 + at.slot * static_cast<float>(spec.rows.size());
  tell_cells(spec.id, {at.bars.x0, at.bars.y0, at.bars.x1, bottom}, 0, spec.rows.size());
  if (item.hovered && has_room(at) && item.mouse.y >= at.bars.y0 && item.mouse.y < at.bars.y1 &&
      !spec.rows.empty()) {
    const auto r = std::min(static_cast<std::size_t>((item.mouse.y - at.bars.y0) / at.slot), spec.rows.size() - 1);
    result.row = static_cast<int>(r);
    float sum = 0;
    for (std::size_t p = 0; p < spec.parts.size() && item.mouse.x >= at.bars.x0; ++p) {
      sum += amount(spec.rows[r], p);
      if (item.mouse.x >= at.axis.screen_from_data(static_cast<double>(sum))) continue;
      result.part = static_cast<int>(p);
      break;
    }
  }
  StackedBarsSpec shown = spec;
  if (result.row >= 0) shown.highlighted = result.row;
  draw_stacked_bars(canvas, item.rect, shown, theme, scale);
  return result;
}

}  // namespace viz
