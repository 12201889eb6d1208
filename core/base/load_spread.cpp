#include "core/base/load_spread.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace switchyard {
namespace {

double percentile(const std::vector<double>& sorted, double q) {
  const double h = static_cast<double>(sorted.size() - 1) * q / 100;
  const auto below = static_cast<std::size_t>(h);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double part = h - static_cast<double>(below), step = sorted[above] - sorted[below];
  // From the nearer end, as numpy does: the same bits.
  return part < 0.5 ? sorted[below] + step * part : sorted[above] - step * (1 - part);
}

}  // namespace

LoadSpread load_spread(std::span<const float> counts) {
  if (counts.empty()) return {};
  std::vector<double> sorted(counts.begin(), counts.end());
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  double mean = 0, square = 0;
  for (const double count : sorted) mean += count / n;
  for (const double count : sorted) square += (count - mean) * (count - mean) / n;
  return {sorted.front(),         sorted.back(),          std::sqrt(square),     percentile(sorted, 50),
          percentile(sorted, 75), percentile(sorted, 90), percentile(sorted, 95)};
}

}  // namespace switchyard
