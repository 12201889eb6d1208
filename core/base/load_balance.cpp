#include "core/base/load_balance.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace switchyard {
namespace {

double total_of(std::span<const double> masses) { return std::accumulate(masses.begin(), masses.end(), 0.0); }

}  // namespace

double entropy_of(std::span<const double> masses) {
  const double total = total_of(masses);
  double entropy = 0;
  for (const double mass : masses)
    if (mass > 0) entropy -= mass / total * std::log(mass / total);
  return entropy;
}

double load_entropy(std::span<const double> counts) {
  if (counts.size() < 2 || total_of(counts) == 0) return std::numeric_limits<double>::quiet_NaN();
  return entropy_of(counts) / std::log(static_cast<double>(counts.size()));
}

double max_violation(std::span<const double> counts) {
  const double total = total_of(counts);
  if (counts.empty() || total == 0) return std::numeric_limits<double>::quiet_NaN();
  return *std::max_element(counts.begin(), counts.end()) * static_cast<double>(counts.size()) / total - 1.0;
}

}  // namespace switchyard
