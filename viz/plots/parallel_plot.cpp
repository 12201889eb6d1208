#include "viz/plots/parallel_plot.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "viz/base/format.h"
#include "viz/plots/axis.h"

namespace viz {
namespace {

constexpr float kHeadOfAxis = 20, kSpread = 0.62f, kLeastRowOfValue = 13;
constexpr std::size_t kPiecesOfCurve = 16;

// Lines that are drawn, the least measurement first.
std::vector<std::size_t> drawn_lines(const ParallelPlotSpec& spec) {
  std::vector<std::size_t> out;
  for (std::size_t l = 0; l < spec.lines.size(); ++l) {
    const ParallelLine& line = spec.lines[l];
    bool is_whole = std::isfinite(line.y) && line.at.size() >= spec.axes.size();
    for (std::size_t a = 0; is_whole && a < spec.axes.size(); ++a)
      is_whole = line.at[a] < spec.axes[a].values.size();
    if (is_whole) out.push_back(l);
  }
  std::stable_sort(out.begin(), out.end(),
                   [&](std::size_t a, std::size_t b) { return spec.lines[a].y < spec.lines[b].y; });
  return out;
}

struct ParallelLayout {
  Rect data;             // from the first axis to the one of the measurement
  std::vector<float> x;  // of each axis, and of the measurement
  Axis y{0, 1, 0, 1};
  float slot(std::size_t values) const {
    return data.height() / static_cast<float>(std::max<std::size_t>(values, 1));
  }
  float middle(std::size_t value, std::size_t values) const {
    return data.y1 - slot(values) * (static_cast<float>(value) + 0.5f);
  }
};

// Where each drawn line crosses an axis: in the stretch of its value, beside the others there.
std::vector<float> crossings(const ParallelPlotSpec& spec, const ParallelLayout& at, std::size_t axis,
                             const std::vector<std::size_t>& order) {
  const std::size_t values = spec.axes[axis].values.size();
  std::vector<std::size_t> count(values), before(values);
  for (const std::size_t l : order) ++count[spec.lines[l].at[axis]];
  std::vector<float> out(spec.lines.size());
  for (const std::size_t l : order) {
    const std::size_t value = spec.lines[l].at[axis];
    const float place =
        count[value] > 1 ? static_cast<float>(before[value]++) / static_cast<float>(count[value] - 1) - 0.5f : 0;
    out[l] = at.middle(value, values) - kSpread * at.slot(values) * place;
  }
  return out;
}

// From one axis to the next: level at both, so that lines part where they differ.
void add_curve(std::vector<Point>& into, Point from, Point to) {
  for (std::size_t i = 0; i <= kPiecesOfCurve; ++i) {
    const float t = static_cast<float>(i) / kPiecesOfCurve, eased = t * t * (3 - 2 * t);
    into.push_back({from.x + t * (to.x - from.x), from.y + eased * (to.y - from.y)});
  }
}

void write_axis(Canvas& canvas, const ParallelLayout& at, const ParallelAxis& axis, float x, float room,
                Align align, const Theme& theme, float scale) {
  const float line = std::max(1.0f, std::floor(scale));
  canvas.rect_fill({std::round(x), at.data.y0, std::round(x) + line, at.data.y1}, theme.hairline);
  canvas.text({x, at.data.y0 - kHeadOfAxis * scale}, ellipsized(canvas, axis.name, room, Font::small), theme.text,
              Font::small, align);
  float free_from = INFINITY;
  for (std::size_t v = 0; v < axis.values.size(); ++v) {
    const float y = at.middle(v, axis.values.size());
    if (free_from - y < kLeastRowOfValue * scale) continue;
    free_from = y;
    // On a ground of its own: lines pass behind.
    const std::string shown = ellipsized(canvas, axis.values[v], room / 2, Font::mono_small);
    const Point size = canvas.text_size(shown, Font::mono_small);
    const float left = x + 4 * scale;
    canvas.rect_fill({left - 2 * scale, y - size.y / 2 - scale, left + size.x + 2 * scale, y + size.y / 2 + scale},
                     faded(theme.panel, 0.82f), 2 * scale);
    canvas.text({left, y}, shown, theme.text_dim, Font::mono_small, Align::start, Align::middle);
  }
}

}  // namespace

void draw_parallel_plot(Canvas& canvas, const Rect& rect, const ParallelPlotSpec& spec, const Theme& theme,
                        float scale) {
  const std::vector<std::size_t> order = drawn_lines(spec);
  canvas.push_clip(rect);
  if (spec.axes.empty() || order.empty()) {
    canvas.text({(rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2},
                ellipsized(canvas, spec.empty_text, rect.width(), Font::small), theme.text_dim, Font::small,
                Align::middle, Align::middle);
    return canvas.pop_clip();
  }
  ParallelLayout at;
  at.data = {rect.x0 + 6 * scale, rect.y0 + kHeadOfAxis * scale, rect.x1, rect.y1 - 6 * scale};
  const double low = static_cast<double>(spec.lines[order.front()].y),
               high = static_cast<double>(spec.lines[order.back()].y);
  const double pad = high > low ? 0.06 * (high - low) : std::max(1e-6, 0.05 * std::fabs(high));
  at.y = {low - pad, high + pad, at.data.y1, at.data.y0};
  std::vector<Tick> y_ticks = ticks(at.y, std::max(2, static_cast<int>(at.data.height() / (30 * scale))));
  float gutter = 0;
  for (Tick& tick : y_ticks) {
    if (spec.format) tick.label = spec.format(tick.value);
    gutter = std::max(gutter, canvas.text_size(tick.label, Font::mono_small).x);
  }
  keep_labels_apart(y_ticks, at.y,
                    [line = canvas.text_size("0", Font::mono_small).y](const Tick&) { return line; });
  at.data.x1 -= std::round(gutter + 8 * scale);
  const float step = at.data.width() / static_cast<float>(spec.axes.size());
  for (std::size_t a = 0; a <= spec.axes.size(); ++a) at.x.push_back(at.data.x0 + step * static_cast<float>(a));

  std::vector<std::vector<float>> crossed;
  for (std::size_t a = 0; a < spec.axes.size(); ++a) crossed.push_back(crossings(spec, at, a, order));
  const Colour strong = spec.strong != 0 ? spec.strong : theme.accent;
  // The worse fainter and beneath.
  for (const bool strongly : {false, true})
    for (std::size_t rank = order.size(); rank-- > 0;) {
      const ParallelLine& line = spec.lines[order[rank]];
      if (line.strong != strongly) continue;
      std::vector<Point> path;
      for (std::size_t a = 0; a < spec.axes.size(); ++a) {
        const bool is_last = a + 1 == spec.axes.size();
        const float next =
            is_last ? at.y.screen_from_data(static_cast<double>(line.y)) : crossed[a + 1][order[rank]];
        add_curve(path, {at.x[a], crossed[a][order[rank]]}, {at.x[a + 1], next});
      }
      const float place = order.size() > 1 ? static_cast<float>(rank) / static_cast<float>(order.size() - 1) : 0;
      canvas.polyline(path, strongly ? strong : faded(theme.text_dim, 0.75f - 0.5f * place),
                      (strongly ? 2.0f : 1.2f) * scale, Stroke::smooth);
    }
  for (std::size_t a = 0; a < spec.axes.size(); ++a)
    write_axis(canvas, at, spec.axes[a], at.x[a], step - 8 * scale, Align::start, theme, scale);
  const float right = std::round(at.x.back());
  canvas.rect_fill({right, at.data.y0, right + std::max(1.0f, std::floor(scale)), at.data.y1}, theme.hairline);
  canvas.text({rect.x1, rect.y0}, ellipsized(canvas, spec.y_name, step, Font::small), theme.text, Font::small,
              Align::end);
  for (const Tick& tick : y_ticks) {
    const float y = at.y.screen_from_data(tick.value);
    canvas.rect_fill({right, std::round(y), right + 4 * scale, std::round(y) + std::max(1.0f, std::floor(scale))},
                     theme.hairline);
    canvas.text({right + 7 * scale, y}, tick.label, theme.text_dim, Font::mono_small, Align::start, Align::middle);
  }
  canvas.pop_clip();
}

}  // namespace viz
