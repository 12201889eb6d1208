#include "viz/plots/line_plot_bands.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "viz/plots/decimate.h"

namespace viz {
namespace {

constexpr float kAlpha = 0.2f;

// The edges of a stretch without a gap, in pixels.
struct Edges {
  std::vector<Point> upper, lower;

  void add(float x, float y_high, float y_low, float column) {
    if (!upper.empty() && x - upper.back().x < column) {
      upper.back().y = std::min(upper.back().y, y_high);
      lower.back().y = std::max(lower.back().y, y_low);
      return;
    }
    upper.push_back({x, y_high});
    lower.push_back({x, y_low});
  }
  void draw(Canvas& canvas, Colour colour) {
    if (upper.size() > 1) canvas.area_fill(upper, lower, colour);
    upper.clear();
    lower.clear();
  }
};

}  // namespace

bool has_band(const Curve& curve) { return !curve.low.empty() && !curve.high.empty(); }

void draw_bands(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const PlotState& state,
                float scale) {
  const double x_low = at.x.data_from_screen(at.data.x0), x_high = at.x.data_from_screen(at.data.x1);
  for (std::size_t i = 0; i < spec.curves.size(); ++i) {
    const Curve& curve = spec.curves[i];
    if (!has_band(curve) || !is_shown(curve, state)) continue;
    const IndexRange range = visible_range(curve.x, x_low, x_high);
    const std::size_t last = std::min({range.last, curve.low.size(), curve.high.size()});
    const Colour colour = faded(at.colours[i], kAlpha);
    Edges edges;
    for (std::size_t k = range.first; k < last; ++k) {
      const double low = curve.low[k], high = curve.high[k];
      const bool is_there = std::isfinite(low) && std::isfinite(high) && !(spec.log_y && low <= 0);
      if (is_there)
        edges.add(at.x.screen_from_data(curve.x[k]), at.y.screen_from_data(high), at.y.screen_from_data(low),
                  std::max(1.0f, scale));
      else if (!curve.sparse) edges.draw(canvas, colour);
    }
    edges.draw(canvas, colour);
  }
}

}  // namespace viz
