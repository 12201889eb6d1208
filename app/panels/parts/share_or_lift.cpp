#include "app/panels/parts/share_or_lift.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr float kEnd = 2;  // powers of two

std::string in_times(double lift) { return fmt::format("{:.1f}", std::exp2(lift)); }

}  // namespace

float ShareOrLift::top_of(const std::vector<double>& shares, double chance) {
  double top = 2 * chance;
  for (const double share : shares)
    if (std::isfinite(share)) top = std::max(top, share);
  return static_cast<float>(top);
}

ShareOrLift::ShareOrLift(const std::vector<double>& shares, const std::vector<double>& lifts, bool lift,
                         double by_chance, float at_least)
    : as_lift(lift), chance(by_chance), top(std::max(at_least, top_of(shares, by_chance))) {
  for (const double value : as_lift ? lifts : shares) {
    const double shown = as_lift ? std::log2(value) : value;
    values.push_back(static_cast<float>(std::isinf(shown) ? -kEnd - 1 : shown));
  }
  most = viz::percent(top);
}

std::string ShareOrLift::scale_text() const {
  return as_lift ? std::string("1/4× to 4×") : fmt::format("0 % to {}", most);
}

void ShareOrLift::fill(viz::MatrixSpec& spec, std::string_view reference_label) const {
  spec.values = spec.shares = values;
  spec.share_min = as_lift ? -kEnd : 0;
  spec.share_max = as_lift ? kEnd : top;
  spec.format = as_lift ? in_times : viz::in_percent;
  spec.zero_is_empty = false;
  spec.map = as_lift ? viz::ColourMap::diverging : viz::ColourMap::viridis;
  spec.show_legend = true;
  spec.min_label = as_lift ? "1/4×" : "0 %";
  spec.max_label = as_lift ? std::string_view("4×") : std::string_view(most);
  if (as_lift) return;
  spec.reference = static_cast<float>(chance);
  spec.reference_label = reference_label;
}

}  // namespace switchyard::app
