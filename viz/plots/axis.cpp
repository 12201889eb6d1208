#include "viz/plots/axis.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "viz/base/format.h"

namespace viz {
namespace {

double forward(const Axis& axis, double value) { return axis.log ? std::log10(value) : value; }
double backward(const Axis& axis, double value) { return axis.log ? std::pow(10.0, value) : value; }

// Smallest of 1, 2, 2.5, 5 × 10^n that is not below `least`.
double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (power * factor >= least * (1 - 1e-9)) return power * factor;
  }
  return power * 10;
}

std::string label_of(double value, int digits, TickLabels labels) {
  return labels == TickLabels::compact ? compact(value, digits) : significant(value, digits);
}

// Labels as short as tells all of them apart.
void name_ticks(std::vector<Tick>& ticks, TickLabels labels) {
  for (int digits = 4; digits <= 15; ++digits) {
    std::set<std::string> seen;
    for (Tick& tick : ticks) {
      tick.label = label_of(tick.value, digits, labels);
      seen.insert(tick.label);
    }
    if (seen.size() == ticks.size()) return;
  }
  // Beyond what digits can tell apart: keep the first of each.
  std::set<std::string> seen;
  for (Tick& tick : ticks) {
    if (!seen.insert(tick.label).second) tick.label.clear();
  }
}

bool is_range(double lowest, double highest) {
  return std::isfinite(lowest) && std::isfinite(highest) && lowest < highest;
}

}  // namespace

double Axis::slope() const {
  const double span = forward(*this, data_max) - forward(*this, data_min);
  return span != 0 ? (screen_max - screen_min) / span : 0;
}
double Axis::offset() const { return screen_min - forward(*this, data_min) * slope(); }

float Axis::screen_from_data(double value) const {
  return static_cast<float>((forward(*this, value) - forward(*this, data_min)) * slope() + screen_min);
}

double Axis::data_from_screen(float pixel) const {
  const double k = slope();
  if (k == 0) return data_min;
  return backward(*this, (pixel - screen_min) / k + forward(*this, data_min));
}

void Axis::pan(float pixels) {
  const double k = slope();
  if (k == 0) return;
  const double shift = -pixels / k;
  data_min = backward(*this, forward(*this, data_min) + shift);
  data_max = backward(*this, forward(*this, data_max) + shift);
}

void Axis::zoom(float pixel, double factor) {
  const double fixed = forward(*this, data_from_screen(pixel));
  const double low = fixed + (forward(*this, data_min) - fixed) * factor;
  const double high = fixed + (forward(*this, data_max) - fixed) * factor;
  // A thousand representable values across the screen is as close as one can look; 1e300 as far.
  const double smallest = 1e3 * 2.3e-16 * std::max({std::fabs(low), std::fabs(high), 1e-300});
  if (!(high - low > smallest) || !(high - low < (log ? 600 : 1e300))) return;
  const double new_min = backward(*this, low), new_max = backward(*this, high);
  if (!std::isfinite(new_min) || !std::isfinite(new_max) || (log && new_min <= 0)) return;
  data_min = new_min;
  data_max = new_max;
}

std::vector<Tick> linear_ticks(double lowest, double highest, int most, TickLabels labels) {
  std::vector<Tick> out;
  if (!is_range(lowest, highest) || most < 1) return out;
  double step = round_step((highest - lowest) / most);
  // Counts have no halves: with compact labels a step below 1 would write 1, 1.5, 2 steps.
  if (labels == TickLabels::compact) step = std::max(step, 1.0);
  const double first = std::ceil(lowest / step - 1e-9), last = std::floor(highest / step + 1e-9);
  if (last - first > 1000) return out;
  for (double i = first; i <= last; ++i) out.push_back({i == 0 ? 0 : i * step, {}});
  name_ticks(out, labels);
  return out;
}

std::vector<Tick> log_ticks(double lowest, double highest, int most, TickLabels labels) {
  std::vector<Tick> out;
  if (!is_range(lowest, highest) || lowest <= 0 || most < 1) return out;
  const int first = static_cast<int>(std::ceil(std::log10(lowest) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(highest) + 1e-9));
  if (last - first < 1) {
    // Less than two powers of ten: round values, of which the axis then takes log positions.
    out = linear_ticks(lowest, highest, most, TickLabels::plain);
    std::erase_if(out, [](const Tick& tick) { return tick.value <= 0; });
    name_ticks(out, labels);
    return out;
  }
  const int every = std::max(1, (last - first + most) / most);
  for (int power = first; power <= last; ++power) {
    if (power % every == 0) out.push_back({std::pow(10.0, power), {}});
  }
  name_ticks(out, labels);
  if (every == 1) {
    for (int power = first - 1; power <= last; ++power) {
      for (int factor = 2; factor <= 9; ++factor) {
        const double value = factor * std::pow(10.0, power);
        if (value >= lowest && value <= highest) out.push_back({value, {}});
      }
    }
  }
  std::sort(out.begin(), out.end(), [](const Tick& a, const Tick& b) { return a.value < b.value; });
  return out;
}

void keep_labels_apart(std::vector<Tick>& ticks, const Axis& axis,
                       const std::function<float(const Tick&)>& extent) {
  const Tick* last = nullptr;
  for (Tick& tick : ticks) {
    if (tick.label.empty()) continue;
    const bool touches =
        last && std::fabs(axis.screen_from_data(tick.value) - axis.screen_from_data(last->value)) <
                    (extent(tick) + extent(*last)) / 2;
    if (touches) tick.label.clear();
    else last = &tick;
  }
}

std::vector<Tick> ticks(const Axis& axis, int most, TickLabels labels) {
  return axis.log ? log_ticks(axis.data_min, axis.data_max, most, labels)
                  : linear_ticks(axis.data_min, axis.data_max, most, labels);
}

}  // namespace viz
