#include "app/panels/binned.h"

#include <algorithm>
#include <cmath>

#include "core/base/records.h"

namespace switchyard::app {

namespace {

constexpr std::size_t kRuns = 4, kRun = 8;

std::size_t first_not_below(const viz::View<double>& x, std::size_t from, double limit) {
  std::size_t low = from, high = x.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (x[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Adds up n samples; false where one of them is not finite. Four sums side by side keep the adder busy.
bool add_finite(const float* v, std::size_t n, double& sum) {
  float lanes[4] = {0, 0, 0, 0};
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) lanes[lane] += v[i + lane];
  }
  for (; i < n; ++i) lanes[0] += v[i];
  const float total = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
  if (!std::isfinite(total)) return false;
  sum += total;
  return true;
}

}  // namespace

Bins make_bins(const viz::View<double>& x, double low, double high, std::size_t most,
               std::span<const double> breaks) {
  Bins bins;
  if (x.empty() || !(low <= high)) return bins;
  while ((high - low) / bins.width > static_cast<double>(std::max<std::size_t>(1, most))) bins.width *= 2;

  std::size_t at = first_not_below(x, 0, low);
  if (at > 0) --at;  // the neighbour outside, so that a line leaves the picture
  auto next_break = std::upper_bound(breaks.begin(), breaks.end(), at < x.size() ? x[at] : high);
  while (at < x.size() && x[at] <= high) {
    double end = (std::floor(x[at] / bins.width) + 1) * bins.width;
    while (next_break != breaks.end() && *next_break <= x[at]) ++next_break;
    if (next_break != breaks.end()) end = std::min(end, *next_break);
    const std::size_t last = std::max(at + 1, first_not_below(x, at, end));
    bins.edges.push_back(at);
    bins.x.push_back(x[at + (last - at) / 2]);
    at = last;
  }
  if (!bins.x.empty()) bins.edges.push_back(at);
  return bins;
}

void bin_means(const Bins& bins, const viz::View<float>& y, std::vector<float>& out) {
  out.resize(bins.x.size());
  for (std::size_t b = 0; b < bins.x.size(); ++b) {
    const std::size_t first = bins.edges[b], last = std::min(bins.edges[b + 1], y.size());
    const std::size_t samples = last > first ? last - first : 0;
    double sum = 0;
    std::size_t count = 0;
    const auto add = [&](std::size_t from, std::size_t to) {
      y.for_stretches(from, to, [&](const float* v, std::size_t n, std::size_t stride) {
        if (stride == 1 && add_finite(v, n, sum)) {
          count += n;
          return;
        }
        for (std::size_t i = 0; i < n; ++i, v += stride) {
          if (!std::isfinite(*v)) continue;
          sum += *v;
          ++count;
        }
      });
    };
    if (samples <= kRuns * kRun) {
      add(first, last);
    } else {
      for (std::size_t r = 0; r < kRuns; ++r) {
        const std::size_t from = first + r * (samples - kRun) / (kRuns - 1);
        add(from, from + kRun);
      }
    }
    out[b] = static_cast<float>(count > 0 ? sum / static_cast<double>(count) : kMissing);
  }
}

void bin_table(const Bins& bins, const float* table, std::size_t width, std::vector<float>& out) {
  const std::size_t columns = bins.x.size();
  out.assign(columns * width, 0);
  std::vector<float> sum(width), count(width);
  for (std::size_t b = 0; b < columns; ++b) {
    std::fill(sum.begin(), sum.end(), 0.0f);
    std::fill(count.begin(), count.end(), 0.0f);
    // Rows outer: the experts of one moment lie side by side in memory.
    for (std::size_t r = bins.edges[b]; r < bins.edges[b + 1]; ++r) {
      const float* row = table + r * width;
      for (std::size_t e = 0; e < width; ++e) {
        const bool present = row[e] == row[e];
        sum[e] += present ? row[e] : 0.0f;
        count[e] += present ? 1.0f : 0.0f;
      }
    }
    for (std::size_t e = 0; e < width; ++e) {
      out[e * columns + b] = count[e] > 0 ? sum[e] / count[e] : static_cast<float>(kMissing);
    }
  }
}

}  // namespace switchyard::app
