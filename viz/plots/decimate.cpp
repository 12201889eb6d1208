#include "viz/plots/decimate.h"

#include <algorithm>
#include <cmath>

namespace viz {
namespace {

// More samples than this in one column of pixels are replaced by first, lowest, highest, last.
constexpr std::size_t kPerColumn = 4;

// Curves far outside the picture are drawn at its rim plus this: enough to leave at the right angle, without
// coordinates that overflow in the line drawing.
constexpr float kFar = 20000;

// First index in [from, to) whose x is not below `limit`; gallops, as the answer is usually near.
std::size_t first_not_below(const View<double>& x, std::size_t from, std::size_t to, double limit) {
  std::size_t step = 1, low = from, high = from;
  while (high < to && x[high] < limit) {
    low = high + 1;
    high = std::min(to, high + step);
    step *= 2;
  }
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (x[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

struct Extremes {
  std::size_t lowest = 0, highest = 0, first = 0, last = 0;  // indices into the view
  std::size_t present = 0;
};

// The same for a stretch that is whole: false if a value is not finite. Lanes side by side and no index kept
// until the end, since a million samples pass through here for one frame.
bool whole_extremes(const float* values, std::size_t count, std::size_t at, Extremes& out) {
  constexpr std::size_t kLanes = 8;
  float low[kLanes], high[kLanes], check[kLanes] = {};
  std::fill(low, low + kLanes, values[0]);
  std::fill(high, high + kLanes, values[0]);
  std::size_t n = 0;
  for (; n + kLanes <= count; n += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float v = values[n + lane];
      low[lane] = v < low[lane] ? v : low[lane];
      high[lane] = v > high[lane] ? v : high[lane];
      check[lane] += v - v;  // 0, or not a number for ever
    }
  }
  for (; n < count; ++n) {
    low[0] = std::min(low[0], values[n]);
    high[0] = std::max(high[0], values[n]);
    check[0] += values[n] - values[n];
  }
  float lowest = low[0], highest = high[0], sound = check[0];
  for (std::size_t lane = 1; lane < kLanes; ++lane) {
    lowest = std::min(lowest, low[lane]);
    highest = std::max(highest, high[lane]);
    sound += check[lane];
  }
  if (sound != 0 || std::isnan(sound)) return false;
  out.present = count;
  out.first = at;
  out.last = at + count - 1;
  out.lowest = at + static_cast<std::size_t>(std::find(values, values + count, lowest) - values);
  out.highest = at + static_cast<std::size_t>(std::find(values, values + count, highest) - values);
  return true;
}

// Walks y over [from, to); what is missing (see decimate.h) is only counted by its absence.
Extremes extremes_of(const View<float>& y, std::size_t from, std::size_t to, bool log) {
  Extremes out;
  bool whole = false;
  if (!log && y.stride == 1) {
    y.for_stretches(from, to, [&](const float* values, std::size_t count, std::size_t) {
      if (count == to - from) whole = whole_extremes(values, count, from, out);
    });
    if (whole) return out;
    out = {};
  }
  float low = INFINITY, high = -INFINITY;
  std::size_t i = from;
  y.for_stretches(from, to, [&](const float* values, std::size_t count, std::size_t stride) {
    for (std::size_t n = 0; n < count; ++n, ++i, values += stride) {
      const float v = *values;
      if (!(v - v == 0) || (log && v <= 0)) continue;
      if (out.present++ == 0) out.first = i;
      out.last = i;
      if (v < low) low = v, out.lowest = i;
      if (v > high) high = v, out.highest = i;
    }
  });
  return out;
}

class Builder {
 public:
  Builder(const View<double>& x, const View<float>& y, const Axis& x_axis, const Axis& y_axis, bool skip_nan,
          Decimated& out)
      : x_(x),
        y_(y),
        out_(out),
        skip_nan_(skip_nan),
        log_x_(x_axis.log),
        log_y_(y_axis.log),
        x_slope_(x_axis.slope()),
        x_offset_(x_axis.offset()),
        y_slope_(y_axis.slope()),
        y_offset_(y_axis.offset()) {}

  void sample(std::size_t i) {
    const float v = y_[i];
    if (!(v - v == 0) || (log_y_ && v <= 0)) {
      missing(screen_x(i));
    } else {
      point(i);
    }
  }

  void point(std::size_t i) {
    const float px = screen_x(i);
    if (in_gap_) {
      out_.gaps.push_back({gap_from_, px});
      in_gap_ = false;
    }
    if (!in_run_) {
      out_.runs.push_back({out_.x.size(), out_.x.size()});
      in_run_ = true;
    }
    const double v = y_[i];
    const double py = (log_y_ ? std::log10(v) : v) * y_slope_ + y_offset_;
    out_.x.push_back(px);
    out_.y.push_back(static_cast<float>(std::clamp(py, -static_cast<double>(kFar), static_cast<double>(kFar))));
    out_.runs.back().end = out_.x.size();
    last_x_ = px;
  }

  void missing(float px) {
    if (skip_nan_) return;
    if (!in_gap_) gap_from_ = in_run_ ? last_x_ : px;
    in_gap_ = true;
    in_run_ = false;
    last_missing_ = px;
  }

  void cut() {
    close_gap();
    in_run_ = false;
  }
  void close_gap() {
    if (in_gap_) out_.gaps.push_back({gap_from_, std::max(gap_from_, last_missing_)});
    in_gap_ = false;
  }

  float screen_x(std::size_t i) const {
    const double v = x_[i];
    return static_cast<float>(std::clamp((log_x_ ? std::log10(v) : v) * x_slope_ + x_offset_,
                                         -static_cast<double>(kFar), static_cast<double>(kFar)));
  }

 private:
  const View<double>& x_;
  const View<float>& y_;
  Decimated& out_;
  bool skip_nan_, log_x_, log_y_;
  double x_slope_, x_offset_, y_slope_, y_offset_;
  bool in_run_ = false, in_gap_ = false;
  float last_x_ = 0, gap_from_ = 0, last_missing_ = 0;
};

}  // namespace

void Decimated::clear() {
  x.clear();
  y.clear();
  runs.clear();
  gaps.clear();
  thinned = false;
}

IndexRange visible_range(const View<double>& x, double lowest, double highest) {
  std::size_t low = 0, high = x.size();
  const auto first_at = [&x](double limit, bool beyond) {
    std::size_t a = 0, b = x.size();
    while (a < b) {
      const std::size_t middle = (a + b) / 2;
      if (beyond ? x[middle] <= limit : x[middle] < limit) a = middle + 1;
      else b = middle;
    }
    return a;
  };
  low = first_at(lowest, false);
  high = first_at(highest, true);
  return {low > 0 ? low - 1 : 0, std::min(high + 1, x.size())};
}

std::size_t nearest_index(const View<double>& x, double value) {
  if (x.empty()) return 0;
  const std::size_t after = first_not_below(x, 0, x.size(), value);
  if (after == 0) return 0;
  if (after == x.size()) return x.size() - 1;
  return value - x[after - 1] <= x[after] - value ? after - 1 : after;
}

void decimate(const View<double>& x, const View<float>& y, const Axis& x_axis, const Axis& y_axis,
              const DecimateOptions& options, Decimated& out) {
  out.clear();
  const std::size_t count = std::min(x.size(), y.size());
  IndexRange range = visible_range(x, x_axis.data_min, x_axis.data_max);
  range.last = std::min(range.last, count);
  Builder build(x, y, x_axis, y_axis, options.skip_nan, out);

  std::size_t next_break = 0;
  const std::size_t breaks = options.breaks ? options.breaks->size() : 0;
  if (range.first < range.last) {
    while (next_break < breaks && (*options.breaks)[next_break] <= x[range.first]) ++next_break;
  }

  std::size_t i = range.first;
  while (i < range.last) {
    // A column reaches from this sample's pixel column to its right edge, or to the next break.
    const float left = build.screen_x(i);
    const float right = (std::floor(left / options.column_px) + 1) * options.column_px;
    double limit = x_axis.data_from_screen(right);
    if (next_break < breaks) limit = std::min(limit, (*options.breaks)[next_break]);
    const std::size_t end = std::max(i + 1, first_not_below(x, i, range.last, limit));

    if (end - i <= kPerColumn) {
      for (; i < end; ++i) build.sample(i);
    } else {
      const Extremes e = extremes_of(y, i, end, y_axis.log);
      out.thinned = true;
      if (e.present > 0) {
        std::size_t keep[] = {e.first, std::min(e.lowest, e.highest), std::max(e.lowest, e.highest), e.last};
        for (std::size_t k = 0; k < 4; ++k) {
          if (k == 0 || keep[k] != keep[k - 1]) build.point(keep[k]);
        }
      }
      if (e.present < end - i) {
        build.missing(left);
        build.missing(build.screen_x(end - 1));
      }
      i = end;
    }
    while (next_break < breaks && i < range.last && x[i] >= (*options.breaks)[next_break]) {
      build.cut();
      ++next_break;
    }
  }
  build.close_gap();
}

}  // namespace viz
