#include "app/run/derived/binned.h"

#include <algorithm>
#include <cmath>
#include <limits>

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

// Adds up n samples; false where one of them is not finite. Compiled so that the sum may be reordered.
bool add_finite(const float* v, std::size_t n, double& sum) {
  float total = 0;
  for (std::size_t i = 0; i < n; ++i) total += v[i];
  if (!std::isfinite(total)) return false;
  sum += total;
  return true;
}

}  // namespace

Bins make_bins(const viz::View<double>& x, double low, double high, std::size_t most) {
  Bins bins;
  if (x.empty() || !(low <= high)) return bins;
  while ((high - low) / bins.width > static_cast<double>(std::max<std::size_t>(1, most))) bins.width *= 2;

  std::size_t at = first_not_below(x, 0, low);
  if (at > 0) --at;  // the neighbour outside, so that a line leaves the picture
  while (at < x.size() && x[at] <= high) {
    const double end = (std::floor(x[at] / bins.width) + 1) * bins.width;
    const std::size_t last = std::max(at + 1, first_not_below(x, at, end));
    bins.edges.push_back(at);
    bins.x.push_back(x[at + (last - at) / 2]);
    at = last;
  }
  if (!bins.x.empty()) bins.edges.push_back(at);
  return bins;
}

void bin_means(const Bins& bins, const viz::View<float>& y, std::vector<float>& out, std::size_t kept) {
  out.resize(bins.x.size());
  for (std::size_t b = kept; b < bins.x.size(); ++b) {
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

void bin_table(const Bins& bins, const float* table, std::size_t width, std::vector<float>& out, std::size_t kept) {
  const std::size_t columns = bins.x.size();
  out.resize(columns * width);
  // Of an expert that was missing for a part of the bin: the mean of what there is.
  const auto mean_of_present = [&](std::size_t e, std::size_t from, std::size_t to) {
    float total = 0;
    std::size_t count = 0;
    for (std::size_t r = from; r < to; ++r) {
      const float v = table[r * width + e];
      if (std::isnan(v)) continue;
      total += v;
      ++count;
    }
    return count > 0 ? total / static_cast<float>(count) : static_cast<float>(kMissing);
  };
  for (std::size_t b = kept; b < columns; ++b) {
    const std::size_t from = bins.edges[b], to = bins.edges[b + 1];
    float* into = out.data() + b * width;
    std::fill_n(into, width, 0.0f);
    // Rows outer: the experts of one moment lie side by side in memory.
    for (std::size_t r = from; r < to; ++r) {
      const float* row = table + r * width;
      for (std::size_t e = 0; e < width; ++e) into[e] += row[e];
    }
    const float share = to > from ? 1.0f / static_cast<float>(to - from) : static_cast<float>(kMissing);
    for (std::size_t e = 0; e < width; ++e)
      into[e] = std::isnan(into[e]) ? mean_of_present(e, from, to) : into[e] * share;
  }
}

void worst_of_bands(std::span<const float> table, std::size_t width, std::size_t experts, std::size_t bands, std::vector<float>& out,
                    std::size_t kept) {
  const std::size_t columns = width > 0 ? table.size() / width : 0;
  out.resize(bands * columns);
  for (std::size_t c = kept; c < columns; ++c) {
    const float* row = table.data() + c * width;
    for (std::size_t band = 0; band < bands; ++band) {
      float worst = std::numeric_limits<float>::quiet_NaN();
      for (std::size_t e = band * experts / bands; e < (band + 1) * experts / bands; ++e)
        if (std::isfinite(row[e]) && !(std::abs(row[e] - 1) <= std::abs(worst - 1))) worst = row[e];
      out[c * bands + band] = worst;
    }
  }
}

}  // namespace switchyard::app
