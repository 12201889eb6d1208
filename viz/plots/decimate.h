// Thinning a curve to what a screen can show, without losing an extreme.
#pragma once

#include <cstddef>
#include <vector>

#include "viz/base/view.h"
#include "viz/plots/axis.h"

namespace viz {

// A stretch of the curve without a gap: points [begin, end) of Decimated::points.
struct Run {
  std::size_t begin = 0, end = 0;
};

// An interval of screen x where a series that should be dense has no finite value.
struct Gap {
  float x0 = 0, x1 = 0;
};

struct Decimated {
  std::vector<float> x, y;  // screen positions, in order
  std::vector<Run> runs;
  std::vector<Gap> gaps;
  bool thinned = false;  // some column of pixels held more than four samples
  void clear();
};

struct DecimateOptions {
  bool skip_nan = false;                        // a sparse series: missing values are bridged, not gaps
  const std::vector<double>* breaks = nullptr;  // data x, ascending: the curve is cut just before each
  float column_px = 1;                          // width of a column
};

// Index range [first, last) of the samples needed to draw x in [lowest, highest]: those inside and one
// neighbour on each side. x must not descend.
struct IndexRange {
  std::size_t first = 0, last = 0;
};
IndexRange visible_range(const View<double>& x, double lowest, double highest);

// Index of the sample whose x is nearest; x.size() when empty.
std::size_t nearest_index(const View<double>& x, double value);

// Where a column of pixels holds many samples, keeps its first, lowest, highest and last; elsewhere every
// sample. Values that are not finite (or not above 0 on a log axis) count as missing. `out` is reused.
// Cost: one pass over the visible samples.
void decimate(const View<double>& x, const View<float>& y, const Axis& x_axis, const Axis& y_axis,
              const DecimateOptions& options, Decimated& out);

}  // namespace viz
