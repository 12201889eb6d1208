#include "viz/plots/value_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "viz/plots/axis.h"

namespace viz {
namespace {

constexpr float kDotRadius = 4, kRangeAlpha = 0.2f, kMargin = 0.06f, kRowsOfText = 34;

struct ValueRange {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void take(float value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, static_cast<double>(value)), high = std::max(high, static_cast<double>(value));
  }
};

ValueRange range_of(const ValuePlotSpec& spec) {
  ValueRange range;
  for (const auto& values : {spec.mean, spec.low, spec.high})
    for (const float value : values) range.take(value);
  for (const ValueDot& dot : spec.dots) range.take(dot.y);
  return range;
}

Axis x_axis(const ValuePlotSpec& spec, const Rect& data) {
  // Room for the dots at both ends.
  const float edge = std::max(kMargin * data.width(), 2 * kDotRadius);
  Axis axis{spec.x.front(), spec.x.back(), data.x0 + edge, data.x1 - edge, spec.log_x};
  if (!spec.connected && !spec.log_x) axis.data_min -= 0.5, axis.data_max += 0.5;  // each has a stretch of its own
  if (!(axis.data_min < axis.data_max)) {
    const double only = axis.data_min;
    axis.data_min = spec.log_x ? only / 2 : only - 1, axis.data_max = spec.log_x ? only * 2 : only + 1;
  }
  return axis;
}

void draw_frame(Canvas& canvas, const Rect& data, const ValuePlotSpec& spec, const Axis& x, const Axis& y,
                const std::vector<Tick>& y_ticks, const Theme& theme, float scale) {
  for (const Tick& tick : y_ticks) {
    const float at = std::round(y.screen_from_data(tick.value));
    canvas.rect_fill({data.x0, at, data.x1, at + std::max(1.0f, std::floor(scale))}, theme.grid);
    canvas.text({data.x0 - 6 * scale, at}, tick.label, theme.text_dim, Font::mono_small, Align::end,
                Align::middle);
  }
  float free_from = -INFINITY;
  for (std::size_t i = 0; i < std::min(spec.x.size(), spec.labels.size()); ++i) {
    const float at = std::round(x.screen_from_data(spec.x[i]));
    canvas.rect_fill({at, data.y1, at + std::max(1.0f, std::floor(scale)), data.y1 + 4 * scale}, theme.hairline);
    const float half = canvas.text_size(spec.labels[i], Font::mono_small).x / 2;
    if (at - half < free_from) continue;
    free_from = at + half + 6 * scale;
    canvas.text({at, data.y1 + 6 * scale}, spec.labels[i], theme.text_dim, Font::mono_small, Align::middle);
  }
  if (!spec.x_name.empty())
    canvas.text({data.x1, data.y1 + (kRowsOfText - 14) * scale}, spec.x_name, theme.text_dim, Font::small,
                Align::end);
}

void draw_ranges(Canvas& canvas, const ValuePlotSpec& spec, const Axis& x, const Axis& y, Colour colour,
                 float scale) {
  std::vector<Point> upper, lower, line;
  const auto close = [&] {
    if (upper.size() > 1) canvas.area_fill(upper, lower, faded(colour, kRangeAlpha));
    if (line.size() > 1) canvas.polyline(line, colour, 2 * scale, Stroke::smooth);
    upper.clear(), lower.clear(), line.clear();
  };
  for (std::size_t i = 0; i < std::min(spec.x.size(), spec.mean.size()); ++i) {
    if (!std::isfinite(spec.mean[i])) continue;
    const float at = x.screen_from_data(spec.x[i]);
    const bool has_range =
        i < spec.low.size() && i < spec.high.size() && std::isfinite(spec.low[i]) && std::isfinite(spec.high[i]);
    const float top = y.screen_from_data(static_cast<double>(has_range ? spec.high[i] : spec.mean[i])),
                bottom = y.screen_from_data(static_cast<double>(has_range ? spec.low[i] : spec.mean[i])),
                middle = y.screen_from_data(static_cast<double>(spec.mean[i]));
    if (spec.connected) {
      upper.push_back({at, top}), lower.push_back({at, bottom}), line.push_back({at, middle});
      continue;
    }
    canvas.rect_fill({at - 6 * scale, top, at + 6 * scale, bottom}, faded(colour, kRangeAlpha));
    canvas.rect_fill({at - 10 * scale, middle - scale, at + 10 * scale, middle + scale}, colour);
  }
  close();
}

}  // namespace

void draw_value_plot(Canvas& canvas, const Rect& rect, const ValuePlotSpec& spec, const Theme& theme,
                     float scale) {
  const ValueRange range = range_of(spec);
  canvas.push_clip(rect);
  if (spec.x.empty() || !(range.low <= range.high)) {
    canvas.text({(rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2},
                ellipsized(canvas, spec.empty_text, rect.width(), Font::small), theme.text_dim, Font::small,
                Align::middle, Align::middle);
    return canvas.pop_clip();
  }
  const double span = range.high - range.low;
  const double pad = span > 0 ? 0.08 * span : std::max(1e-6, 0.05 * std::fabs(range.high));
  Rect data{rect.x0, rect.y0 + 4 * scale, rect.x1, rect.y1 - kRowsOfText * scale};
  Axis y{range.low - pad, range.high + pad, data.y1, data.y0};
  std::vector<Tick> y_ticks = ticks(y, std::max(2, static_cast<int>(data.height() / (26 * scale))));
  keep_labels_apart(y_ticks, y, [line = canvas.text_size("0", Font::mono_small).y](const Tick&) { return line; });
  float gutter = 0;
  for (const Tick& tick : y_ticks) gutter = std::max(gutter, canvas.text_size(tick.label, Font::mono_small).x);
  data.x0 += std::round(gutter + 8 * scale);
  const Axis x = x_axis(spec, data);
  const Colour colour = spec.colour != 0 ? spec.colour : curve_colour(theme, 0);
  canvas.rect_fill(data, theme.panel);
  draw_frame(canvas, data, spec, x, y, y_ticks, theme, scale);
  draw_ranges(canvas, spec, x, y, colour, scale);
  for (const ValueDot& dot : spec.dots) {
    if (dot.value >= spec.x.size() || !std::isfinite(dot.y)) continue;
    const Point at{x.screen_from_data(spec.x[dot.value]), y.screen_from_data(static_cast<double>(dot.y))};
    const Colour own = dot.colour != 0 ? dot.colour : theme.text_dim;
    canvas.circle_fill(at, kDotRadius * scale, dot.filled ? own : theme.panel);
    canvas.circle_outline(at, kDotRadius * scale, own, 1.5f * scale);
  }
  canvas.pop_clip();
}

}  // namespace viz
