#include "viz/plots/bar_chart.h"

#include <cmath>
#include <string>
#include <vector>

#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/widgets/item.h"

namespace viz {
namespace {

// The least round number not below `value`: a scale that moves in steps does not jitter with the data.
float round_up(float value) {
  if (!(value > 0)) return 1;
  const float power = std::pow(10.0f, std::floor(std::log10(value)));
  for (const float factor : {1.0f, 1.2f, 1.5f, 2.0f, 2.5f, 3.0f, 4.0f, 5.0f, 6.0f, 8.0f}) {
    if (power * factor >= value * 0.9999f) return power * factor;
  }
  return power * 10;
}

struct BarLayout {
  Rect bars;       // x: all slots; y: from the top of the scale down to the base line
  float slot = 0;  // width of one bar and its gap
  float bar = 0;   // width of one bar
  float label_y = 0;
  float value_max = 1;
};

BarLayout layout_bars(Canvas& canvas, const Rect& rect, const BarChartSpec& spec, float scale) {
  BarLayout at;
  const float text = canvas.text_size("0", Font::mono_small).y;
  at.bars = rect;
  if (!spec.reference_label.empty() && std::isfinite(spec.reference)) {
    at.bars.x0 += std::min(canvas.text_size(spec.reference_label, Font::small).x + 6 * scale, rect.width() * 0.2f);
  }
  at.bars.y0 += text + 4 * scale;  // the highest bar's value
  at.bars.y1 -= text + 5 * scale;  // labels
  at.label_y = at.bars.y1 + 4 * scale;
  const float n = static_cast<float>(std::max<std::size_t>(spec.bars.size(), 1));
  // Few bars stay slender instead of filling the panel like posters.
  at.slot = std::min(at.bars.width() / n, 110 * scale);
  at.bars.x1 = at.bars.x0 + at.slot * n;
  const float gap = at.slot > 12 * scale ? 0.16f * at.slot : at.slot > 3 * scale ? std::max(1.0f, scale) : 0.0f;
  at.bar = at.slot - gap;
  at.value_max = spec.value_max;
  if (!(at.value_max > 0)) {
    float highest = std::isfinite(spec.reference) ? spec.reference * 1.25f : 0;
    for (const Bar& bar : spec.bars) {
      if (std::isfinite(bar.value)) highest = std::max(highest, bar.value);
    }
    at.value_max = round_up(highest);
  }
  return at;
}

int bar_at(const BarLayout& at, std::size_t count, const Rect& rect, Point p) {
  if (count == 0 || p.x < at.bars.x0 || p.x >= at.bars.x1 || p.y < rect.y0 || p.y >= rect.y1) return -1;
  return std::min(static_cast<int>((p.x - at.bars.x0) / at.slot), static_cast<int>(count) - 1);
}

// Every how many bars a label fits.
std::size_t label_stride(Canvas& canvas, const BarChartSpec& spec, const BarLayout& at, float scale) {
  float widest = 0;
  for (const Bar& bar : spec.bars) widest = std::max(widest, canvas.text_size(bar.label, Font::mono_small).x);
  if (widest <= 0) return spec.bars.size();
  const float room = widest + 4 * scale;
  std::size_t stride = 1;
  while (static_cast<float>(stride) * at.slot < room && stride < spec.bars.size()) stride *= 2;
  return stride;
}

}  // namespace

void draw_bar_chart(Canvas& canvas, const Rect& rect, const BarChartSpec& spec, const Theme& theme, float scale) {
  const BarLayout at = layout_bars(canvas, rect, spec, scale);
  if (at.bars.height() < 4 || rect.width() < 8) return;
  canvas.push_clip(rect);
  const std::size_t n = spec.bars.size();
  if (n == 0) {
    canvas.text({(rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2},
                ellipsized(canvas, spec.empty_text, rect.width(), Font::small), theme.text_dim, Font::small,
                Align::middle, Align::middle);
    canvas.pop_clip();
    return;
  }
  const float hairline = std::max(1.0f, std::floor(scale));
  canvas.rect_fill({at.bars.x0, at.bars.y1, at.bars.x1, at.bars.y1 + hairline}, theme.hairline);

  std::vector<float> tops(n, at.bars.y1);
  const bool some_lit = spec.highlighted >= 0 && spec.highlighted < static_cast<int>(n);
  for (std::size_t i = 0; i < n; ++i) {
    const Bar& bar = spec.bars[i];
    if (!std::isfinite(bar.value)) continue;
    const float share = std::clamp(bar.value / at.value_max, 0.0f, 1.0f);
    const float x0 = at.bars.x0 + static_cast<float>(i) * at.slot + (at.slot - at.bar) / 2;
    // A whole pixel at least: nothing at all and very little must differ.
    tops[i] = at.bars.y1 - std::max(share * at.bars.height(), bar.value > 0 ? hairline : 0.0f);
    Rect box{x0, tops[i], x0 + at.bar, at.bars.y1};
    if (at.bar >= 4) box = {std::round(x0), std::round(tops[i]), std::round(x0 + at.bar), at.bars.y1};
    const bool lit = static_cast<int>(i) == spec.highlighted;
    const Colour own = bar.colour != 0 ? bar.colour : category_colour(theme, i);
    const Colour colour = some_lit && !lit ? faded(own, 0.35f) : own;
    const float rounding = n <= 32 && box.height() > 4 * scale && at.bar > 8 * scale ? 2 * scale : 0;
    canvas.rect_fill(box, colour, rounding);
    if (spec.hatched && i >= categories_by_colour_alone && at.bar >= 5 * scale) {
      hatch(canvas, box, faded(text_on(own), 0.35f), hairline, 5 * scale,
            static_cast<unsigned>(i / categories_by_colour_alone - 1));
    }
    if (lit) canvas.rect_outline(box, theme.text, hairline, rounding);
  }

  // Names, thinned out; the highlighted one always, on clean ground.
  const std::size_t stride = label_stride(canvas, spec, at, scale);
  const auto middle_of = [&](std::size_t i) { return at.bars.x0 + (static_cast<float>(i) + 0.5f) * at.slot; };
  const auto name_x = [&](std::size_t i, float half) {
    return std::clamp(middle_of(i), rect.x0 + half, std::max(rect.x0 + half, rect.x1 - half));
  };
  const float lit_half =
      some_lit
          ? canvas.text_size(spec.bars[static_cast<std::size_t>(spec.highlighted)].label, Font::mono_small).x / 2
          : 0;
  const float lit_x = some_lit ? name_x(static_cast<std::size_t>(spec.highlighted), lit_half) : 0;
  const auto name = [&](std::size_t i, Colour colour) {
    const float x = name_x(i, canvas.text_size(spec.bars[i].label, Font::mono_small).x / 2);
    canvas.text({x, at.label_y}, spec.bars[i].label, colour, Font::mono_small, Align::middle);
  };
  float free_from = rect.x0;
  for (std::size_t i = 0; i < n; i += stride) {
    const float half = canvas.text_size(spec.bars[i].label, Font::mono_small).x / 2, x = name_x(i, half);
    if (some_lit && std::fabs(x - lit_x) < half + lit_half + 3 * scale) continue;
    if (x - half < free_from) continue;  // the last ones may have been pushed in from the edge
    free_from = x + half + 2 * scale;
    name(i, theme.text_dim);
  }
  if (some_lit) name(static_cast<std::size_t>(spec.highlighted), theme.text);

  // The reference line lies over the bars and under the values.
  if (std::isfinite(spec.reference) && spec.reference <= at.value_max) {
    const float y = std::round(at.bars.y1 - spec.reference / at.value_max * at.bars.height()) + 0.5f;
    dashed_line(canvas, {at.bars.x0, y}, {at.bars.x1, y}, theme.text, hairline, 5 * scale, 4 * scale);
    canvas.text({at.bars.x0 - 5 * scale, y},
                ellipsized(canvas, spec.reference_label, at.bars.x0 - rect.x0 - 4 * scale, Font::small),
                theme.text_dim, Font::small, Align::end, Align::middle);
  }

  // Values: on every bar if they fit; else on the highlighted one, or on the highest.
  const auto format = spec.format ? spec.format : three_digits;
  std::vector<std::string> values(n);
  float widest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (!std::isfinite(spec.bars[i].value)) continue;
    values[i] = format(spec.bars[i].value);
    widest = std::max(widest, canvas.text_size(values[i], Font::mono_small).x);
  }
  const auto write_value = [&](std::size_t i) {
    if (values[i].empty()) return;
    const Point size = canvas.text_size(values[i], Font::mono_small);
    const float x =
        std::clamp(middle_of(i), rect.x0 + size.x / 2, std::max(rect.x0 + size.x / 2, rect.x1 - size.x / 2));
    float y = std::max(tops[i] - 3 * scale - size.y, rect.y0);
    const float line_y =
        std::isfinite(spec.reference) ? at.bars.y1 - spec.reference / at.value_max * at.bars.height() : -1;
    // A number on the dashed line goes above it: a dash beside it reads as its sign.
    if (line_y > y - 1 && line_y < y + size.y + 1) y = std::max(line_y - 2 * scale - size.y, rect.y0);
    // Its own ground, where the line or a bar would strike it through.
    const bool among_bars = widest + 3 * scale > at.slot;
    if (among_bars || (line_y > y - 1 && line_y < y + size.y + 1)) {
      canvas.rect_fill({x - size.x / 2 - 2 * scale, y, x + size.x / 2 + 2 * scale, y + size.y}, theme.panel);
    }
    canvas.text({x, y}, values[i], spec.bars[i].value_colour != 0 ? spec.bars[i].value_colour : theme.text,
                Font::mono_small, Align::middle);
  };
  if (widest + 3 * scale <= at.slot) {
    for (std::size_t i = 0; i < n; ++i) write_value(i);
  } else if (some_lit) {
    write_value(static_cast<std::size_t>(spec.highlighted));
  } else {
    std::size_t high = 0;
    for (std::size_t i = 1; i < n; ++i) {
      if (spec.bars[i].value > spec.bars[high].value || !std::isfinite(spec.bars[high].value)) high = i;
    }
    write_value(high);
  }
  canvas.pop_clip();
}

BarChartResult bar_chart(const BarChartSpec& spec, const Theme& theme, float scale) {
  BarChartResult result;
  const Item item = place_item(spec.id, spec.size, false);
  if (!item.visible) return result;
  CanvasImGui canvas(ImGui::GetWindowDrawList(), theme);
  const BarLayout at = layout_bars(canvas, item.rect, spec, scale);
  const Rect slots{at.bars.x0, at.bars.y0, at.bars.x0 + at.slot * static_cast<float>(spec.bars.size()),
                   at.bars.y1};
  if (!spec.bars.empty()) tell_cells(spec.id, slots, spec.bars.size());
  if (item.hovered) {
    result.hovered = bar_at(at, spec.bars.size(), item.rect, item.mouse);
    if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) result.clicked = result.hovered;
  }
  BarChartSpec shown = spec;
  if (result.hovered >= 0) shown.highlighted = result.hovered;
  draw_bar_chart(canvas, item.rect, shown, theme, scale);
  return result;
}

}  // namespace viz
