#include "core/insight/plane_turn.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace switchyard {

PlaneTurn turn_onto(std::span<const float> from, std::span<const float> onto) {
  double xx = 0, xy = 0, yx = 0, yy = 0;  // sums of onto's coordinate by from's
  for (std::size_t i = 0; i + 1 < std::min(from.size(), onto.size()); i += 2) {
    const double x = from[i], y = from[i + 1], u = onto[i], v = onto[i + 1];
    if (!std::isfinite(x) || !std::isfinite(y) || !std::isfinite(u) || !std::isfinite(v)) continue;
    xx += u * x, xy += u * y, yx += v * x, yy += v * y;
  }
  // tr(Rᵀ M) of a turn by an angle is a cos + b sin, greatest along (a, b); of a mirrored one likewise.
  const double a = xx + yy, b = yx - xy, mirrored_a = xx - yy, mirrored_b = yx + xy;
  const double turns = std::hypot(a, b), mirrors = std::hypot(mirrored_a, mirrored_b);
  if (!(std::max(turns, mirrors) > 0)) return {};
  if (mirrors > turns) {
    const double c = mirrored_a / mirrors, s = mirrored_b / mirrors;
    return {c, s, s, -c};
  }
  const double c = a / turns, s = b / turns;
  return {c, -s, s, c};
}

std::vector<float> turned(std::span<const float> xy, const PlaneTurn& turn) {
  std::vector<float> out(xy.size());
  for (std::size_t i = 0; i + 1 < xy.size(); i += 2) {
    const double x = xy[i], y = xy[i + 1];
    out[i] = static_cast<float>(turn.xx * x + turn.xy * y);
    out[i + 1] = static_cast<float>(turn.yx * x + turn.yy * y);
  }
  return out;
}

}  // namespace switchyard
