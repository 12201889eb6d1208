#include "viz/plots/line_plot_layout.h"

#include <cmath>

#include "viz/base/format.h"
#include "viz/plots/decimate.h"

namespace viz {
namespace {

// How far back a missing value is searched for; bounds the cost of a curve that is NaN throughout.
constexpr std::size_t kSearch = 5000;

struct Range {
  double low = INFINITY, high = -INFINITY;
  bool empty() const { return !(low <= high); }
  void add(double v) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
};

std::size_t length(const Curve& curve) { return std::min(curve.x.size(), curve.y.size()); }

double finite_at_or_before(const Curve& curve, std::size_t i) {
  for (std::size_t back = 0; back < kSearch && back <= i; ++back) {
    const float v = curve.y[i - back];
    if (std::isfinite(v)) return v;
  }
  return NAN;
}

Range fitted_x(const LinePlotSpec& spec, const PlotState& state) {
  Range out;
  for (const std::span<const Curve> curves : {spec.curves, spec.beside})
    for (const Curve& curve : curves) {
      const std::size_t n = length(curve);
      if (n == 0 || !is_shown(curve, state)) continue;
      out.add(curve.x[0]);
      out.add(curve.x[n - 1]);
    }
  return out;
}

Range fitted_y(const LinePlotSpec& spec, const PlotState& state, double x_low, double x_high) {
  Range out;
  const auto take = [&](const Curve& curve) {
    if (!is_shown(curve, state)) return;
    IndexRange in = visible_range(curve.x, x_low, x_high);
    in.last = std::min(in.last, length(curve));
    if (in.last <= in.first) return;
    // visible_range adds a neighbour on each side for drawing; those are not in view.
    if (curve.x[in.first] < x_low) ++in.first;
    if (in.last > in.first && curve.x[in.last - 1] > x_high) --in.last;
    float low = INFINITY, high = -INFINITY;
    const auto include = [&](const View<float>& values) {
      const std::size_t last = std::min(in.last, values.size());
      values.for_stretches(in.first, last, [&](const float* v, std::size_t n, std::size_t stride) {
        for (std::size_t i = 0; i < n; ++i, v += stride) {
          if (!(*v - *v == 0) || (spec.log_y && *v <= 0)) continue;
          low = std::min(low, *v);
          high = std::max(high, *v);
        }
      });
    };
    include(curve.y);
    include(curve.low);
    include(curve.high);
    if (low <= high) {
      out.add(low);
      out.add(high);
    }
  };
  for (const Curve& curve : spec.curves) take(curve);
  if (out.empty()) return out;
  for (const Curve& curve : spec.beside) take(curve);

  // A reference line is worth showing when it lies near the data; a far one would flatten the curves.
  const auto place = [&](double v) { return spec.log_y ? std::log10(v) : v; };
  const auto back = [&](double v) { return spec.log_y ? std::pow(10.0, v) : v; };
  const double data_low = place(out.low), data_high = place(out.high), reach = 0.6 * (data_high - data_low);
  for (const ReferenceLine& line : spec.references) {
    if (!std::isfinite(line.y) || (spec.log_y && line.y <= 0)) continue;
    if (place(line.y) >= data_low - reach && place(line.y) <= data_high + reach) out.add(line.y);
  }
  if (std::isfinite(spec.y_include) && !(spec.log_y && spec.y_include <= 0)) out.add(spec.y_include);

  double pad = 0.05 * (place(out.high) - place(out.low));
  if (!(pad > 0)) pad = spec.log_y ? 0.1 : std::max(std::fabs(out.low) * 0.05, 1e-6);
  Range padded{back(place(out.low) - pad), back(place(out.high) + pad)};
  if (spec.y_floor < out.high) padded.low = std::max(padded.low, spec.y_floor);
  if (spec.y_ceiling > out.low) padded.high = std::min(padded.high, spec.y_ceiling);
  return padded;
}

}  // namespace

bool is_shown(const Curve& curve, const PlotState& state) {
  return state.hidden.empty() || !state.hidden.contains(std::string(curve.label));
}

double value_at(const Curve& curve, double x) {
  const std::size_t n = length(curve);
  if (n == 0) return NAN;
  const auto gap = [&](std::size_t from, std::size_t to) { return n > 1 ? curve.x[to] - curve.x[from] : 0; };
  const double first = gap(0, 1), last = gap(n - 2 + (n == 1), n - 1);
  double before = std::max(first / 2, 0.5), after = std::max(last / 2, 0.5);
  if (curve.sparse) {
    // What is measured now and then holds until it is due again, be its last gap a short one (where a run ended);
    // of one alone the time until then is what it took from 0.
    before = 0;
    after = n == 1 ? std::max(1.0, curve.x[0])
                   : std::max({1.0, first, last, gap(0, n - 1) / static_cast<double>(n - 1)});
  }
  if (x < curve.x[0] - before || x > curve.x[n - 1] + after) return NAN;
  std::size_t i = std::min(nearest_index(curve.x, x), n - 1);
  if (!curve.sparse) return curve.y[i];
  if (curve.x[i] > x && i > 0) --i;
  return finite_at_or_before(curve, i);
}

double newest_value(const Curve& curve) {
  const std::size_t n = length(curve);
  return n == 0 ? NAN : finite_at_or_before(curve, n - 1);
}

LinePlotLayout layout_line_plot(Canvas& canvas, const Rect& rect, const LinePlotSpec& spec, const PlotState& state,
                                double hover_x, const Theme& theme, float scale) {
  LinePlotLayout out;
  out.all = rect;

  // Ranges.
  Range x{state.x_min, state.x_max};
  if (state.fit_x || x.empty() || x.low == x.high) x = fitted_x(spec, state);
  if (x.empty()) x = {0, 1};
  if (x.low == x.high) x = {x.low - 0.5, x.high + 0.5};
  Range y{state.y_min, state.y_max};
  const Range fitted = fitted_y(spec, state, x.low, x.high);
  out.has_data = !fitted.empty();
  if (state.fit_y || !(y.low < y.high) || (spec.log_y && y.low <= 0)) y = fitted;
  if (!(y.low < y.high)) y = {spec.log_y ? 0.1 : 0.0, 1};

  // Legend: one item a label, in order of appearance; the first curve that is not faint lends its look.
  for (std::size_t i = 0; i < spec.curves.size(); ++i) {
    const Curve& curve = spec.curves[i];
    int item = -1;
    for (std::size_t k = 0; k < out.items.size() && !curve.label.empty(); ++k) {
      if (out.items[k].label == curve.label) item = static_cast<int>(k);
    }
    const bool is_new = item < 0 && !curve.label.empty();
    if (is_new) {
      item = static_cast<int>(out.items.size());
      out.items.emplace_back().label = curve.label;
    }
    const Colour colour =
        curve.colour != 0 ? curve.colour : curve_colour(theme, item >= 0 ? static_cast<std::size_t>(item) : i);
    out.item_of_curve.push_back(item);
    out.colours.push_back(colour);
    if (item < 0) continue;
    LegendItem& entry = out.items[static_cast<std::size_t>(item)];
    if (is_new || !curve.faint) {
      entry.colour = colour;
      entry.style = curve.style;
      entry.hidden = !is_shown(curve, state);
      const double value = std::isfinite(hover_x) ? value_at(curve, hover_x) : newest_value(curve);
      entry.value = std::isnan(value) && curve.sparse ? "" : length(curve) == 0 ? "" : read_out(spec, value);
    }
  }

  const Point digit = canvas.text_size("0", Font::mono_small);
  float bottom = rect.y1;
  if (spec.show_legend && rect.height() > 64 * scale) {
    const float line = legend_line_height(canvas, scale);
    const float wanted = spec.summary.empty() ? 0 : canvas.text_size(spec.summary, Font::mono_small).x;
    const float reserved = std::min(wanted, rect.width() * 0.5f);
    const int lines = std::clamp(static_cast<int>(rect.height() * 0.25f / line), 1, 3);
    const Rect area{rect.x0, 0, rect.x1, 0};
    out.legend = layout_legend(canvas, area, out.items, lines, reserved > 0 ? reserved + 12 * scale : 0, scale);
    const float height = std::max(out.legend.height, wanted > 0 ? line : 0.0f);
    const float top = rect.y1 - height;
    for (Rect& box : out.legend.boxes) {
      if (box.width() > 0) box.y0 += top, box.y1 += top;
    }
    out.legend.more.y0 += top;
    out.legend.more.y1 += top;
    out.summary = {rect.x1 - reserved, top, rect.x1, top + line};
    bottom = top - 2 * scale;
  }
  if (spec.show_x_labels) bottom -= digit.y + 6 * scale;

  // Ticks decide the width of the left gutter, the gutter the width of the rest. Half a line stays free above, for
  // the topmost tick label.
  const float top = rect.y0 + std::ceil(digit.y / 2);
  const int y_most = std::clamp(static_cast<int>((bottom - top) / (3.2f * digit.y)), 2, 8);
  out.y = {y.low, y.high, bottom, top, spec.log_y};
  // One number alone tells no scale.
  for (int most = y_most; most < y_most + 4 && out.y_ticks.size() < 2; ++most) out.y_ticks = ticks(out.y, most);
  keep_labels_apart(out.y_ticks, out.y, [&](const Tick&) { return digit.y; });
  if (spec.y_percent)
    for (Tick& tick : out.y_ticks)
      if (!tick.label.empty()) tick.label = significant(100 * tick.value, 3) + "%";
  float gutter = 4 * digit.x;  // steady while the labels change by a digit
  for (const Tick& tick : out.y_ticks) gutter = std::max(gutter, canvas.text_size(tick.label, Font::mono_small).x);
  const float left = std::min(std::floor(rect.x0 + gutter + 7 * scale), rect.x1);

  out.data = {left, top, rect.x1, std::max(bottom, top)};
  out.x = {x.low, x.high, out.data.x0, out.data.x1, false};
  const int x_most = std::clamp(static_cast<int>(out.data.width() / (9 * digit.x)), 1, 10);
  out.x_ticks = ticks(out.x, x_most, TickLabels::compact);
  keep_labels_apart(out.x_ticks, out.x, [&](const Tick& tick) {
    return canvas.text_size(tick.label, Font::mono_small).x + digit.x / 2;
  });
  out.x_labels = {out.data.x0, out.data.y1, out.data.x1,
                  spec.show_x_labels ? out.data.y1 + digit.y + 6 * scale : out.data.y1};
  out.y_labels = {rect.x0, out.data.y0, out.data.x0, out.data.y1};
  return out;
}

std::string read_out(const LinePlotSpec& spec, double value) {
  return spec.y_percent && std::isfinite(value) ? fixed_significant(100 * value, 3) + "%"
                                                : fixed_significant(value);
}

}  // namespace viz
