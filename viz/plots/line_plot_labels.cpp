#include "viz/plots/line_plot_labels.h"

#include <algorithm>
#include <cmath>

namespace viz {
namespace {

// A name may touch curves with this share of its length before another place is looked for.
constexpr float kTouch = 0.12f;
// Beyond this share it would hide more than it names.
constexpr float kHides = 0.7f;
// At scale 1: ground around a name, the longest name of an event, and the least that is worth cutting one to.
constexpr float kLabelPad = 2, kLongestEvent = 140, kShortestEvent = 44;
constexpr int kEventRows = 3;

bool lie_apart(const Rect& a, const Rect& b) { return a.x1 <= b.x0 || b.x1 <= a.x0 || a.y1 <= b.y0 || b.y1 <= a.y0; }

bool is_free(const Rect& box, const std::vector<PlotLabel>& placed) {
  return std::all_of(placed.begin(), placed.end(), [&](const PlotLabel& other) { return lie_apart(box, other.box); });
}

// How much of the box's width curves run through, in pixels; a curve that runs through twice counts twice.
float touched(const DrawnCurves& curves, const Rect& box) {
  float sum = 0;
  for (const std::vector<Point>& points : curves) {
    const auto right_of = [](float x, const Point& p) { return x < p.x; };
    const auto from = std::upper_bound(points.begin(), points.end(), box.x0, right_of);
    for (std::size_t i = std::max<std::size_t>(1, static_cast<std::size_t>(from - points.begin())); i < points.size(); ++i) {
      const Point a = points[i - 1], b = points[i];
      if (a.x > box.x1) break;
      const float x0 = std::max(a.x, box.x0), x1 = std::min(b.x, box.x1), run = b.x - a.x;
      const auto y_at = [&](float x) { return run > 0 ? a.y + (b.y - a.y) * (x - a.x) / run : a.y; };
      float low = y_at(x0), high = run > 0 ? y_at(x1) : b.y;
      if (low > high) std::swap(low, high);
      if (low < box.y1 && high > box.y0) sum += std::max(1.0f, x1 - x0);
    }
  }
  return sum;
}

void place_references(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const DrawnCurves& curves, const Theme& theme,
                      float scale, PlotLabels& out) {
  const float pad = kLabelPad * scale;
  for (std::size_t i = 0; i < spec.references.size(); ++i) {
    const ReferenceLine& line = spec.references[i];
    const float y = reference_y(at, line);
    if (std::isnan(y) || line.label.empty()) continue;
    const Point text = canvas.text_size(line.label, Font::small);
    const Point size{text.x + 2 * pad, text.y};
    const float above = y - size.y - scale, below = y + 1.5f * scale;
    const float last = std::floor(at.data.x1) - std::ceil(size.x);
    Rect best;
    float least = INFINITY;
    // Where one looks first: the newest end. Then the start, where curves have not yet come, then between.
    for (const float x : {last, at.data.x0, at.data.x0 + 0.66f * (last - at.data.x0), at.data.x0 + 0.33f * (last - at.data.x0)}) {
      for (const float top : {above, below}) {
        const Rect box{std::round(x), std::round(top), std::round(x + size.x), std::round(top + size.y)};
        if (box.x0 < at.data.x0 || box.x1 > at.data.x1 || box.y0 < at.data.y0 || box.y1 > at.data.y1) continue;
        if (!is_free(box, out.placed)) continue;
        const float lies_on = touched(curves, box), cost = lies_on <= kTouch * size.x ? 0 : lies_on;
        if (cost >= least || cost > kHides * size.x) continue;
        least = cost;
        best = box;
      }
      if (least == 0) break;
    }
    if (std::isinf(least)) out.unnamed.push_back(i);
    else out.placed.push_back({std::string(line.label), best, line.colour != 0 ? line.colour : theme.text_dim});
  }
}

void place_events(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const Theme& theme, float scale, PlotLabels& out) {
  const float pad = kLabelPad * scale, height = canvas.text_size("0", Font::small).y + 2 * scale;
  // The upper half is theirs at most: the curves are what the plot is for.
  const int rows = std::clamp(static_cast<int>(at.data.height() / 2 / height), at.data.height() >= height ? 1 : 0, kEventRows);
  float last_x = -INFINITY;
  for (const EventMark& event : spec.events) {
    const float x = std::round(at.x.screen_from_data(event.x)) + 0.5f;
    if (!(x >= at.data.x0 && x <= at.data.x1) || event.label.empty()) continue;
    if (x - last_x < 3 * scale && x >= last_x) continue;  // drawn as one mark
    last_x = x;
    const float wanted = canvas.text_size(event.label, Font::small).x, most = std::min(wanted, kLongestEvent * scale);
    const float right = x + 2 * scale, left = x - 2 * scale;
    bool done = false;
    // Whole at the right, whole at the left, else as much as fits.
    for (int attempt = 0; attempt < 3 && !done; ++attempt) {
      const float room = attempt == 1 ? left - at.data.x0 : at.data.x1 - right;
      float text = attempt < 2 ? most : std::min(most, room - 2 * pad);
      if (text + 2 * pad > room + 0.5f || (attempt == 2 && text < kShortestEvent * scale)) continue;
      const std::string label = text < wanted ? ellipsized(canvas, event.label, text, Font::small) : std::string(event.label);
      if (label.empty()) continue;
      text = canvas.text_size(label, Font::small).x;
      for (int row = 0; row < rows && !done; ++row) {
        const float start = attempt == 1 ? left - text - 2 * pad : right, top = at.data.y0 + static_cast<float>(row) * height;
        const Rect box{start, top, start + text + 2 * pad, top + height};
        if (!is_free(box, out.placed)) continue;
        out.placed.push_back({label, box, event.colour != 0 ? event.colour : theme.accent});
        done = true;
      }
    }
  }
}

}  // namespace

float reference_y(const LinePlotLayout& at, const ReferenceLine& line) {
  if (!std::isfinite(line.y) || (at.y.log && line.y <= 0)) return NAN;
  const float y = std::round(at.y.screen_from_data(line.y)) + 0.5f;
  return y >= at.data.y0 && y <= at.data.y1 ? y : NAN;
}

PlotLabels place_labels(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const DrawnCurves& curves, const Theme& theme,
                        float scale) {
  PlotLabels out;
  place_references(canvas, at, spec, curves, theme, scale, out);
  place_events(canvas, at, spec, theme, scale, out);
  return out;
}

void draw_labels(Canvas& canvas, const PlotLabels& labels, const Theme& theme, float scale) {
  for (const PlotLabel& label : labels.placed) {
    canvas.rect_fill(label.box, faded(theme.panel, 0.85f), 2 * scale);
    canvas.text({label.box.x0 + kLabelPad * scale, (label.box.y0 + label.box.y1) / 2}, label.text, label.colour, Font::small, Align::start,
                Align::middle);
  }
}

}  // namespace viz
