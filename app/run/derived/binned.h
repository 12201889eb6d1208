// Curves for small plots: the mean of every stretch of steps in place of the steps themselves. A raw figure of
// a router is noise as wide as the plot, and forty of them cost more than the frame may.
//
// Stretches have a power of two of steps and fixed ends, so points never wander as the run grows; only the
// newest changes. None reaches over the begin of a model.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "viz/base/view.h"

namespace switchyard::app {

struct Bins {
  double width = 1;                // steps in each
  std::vector<std::size_t> edges;  // bin i holds samples [edges[i], edges[i + 1])
  std::vector<double> x;           // of the middle sample of each bin

  // In all bins together; a view beside the run has neither bins nor edges.
  std::size_t samples() const { return edges.empty() ? 0 : edges.back() - edges.front(); }
};

// At most about `most` bins over the samples with x in [low, high]. x must not descend.
Bins make_bins(const viz::View<double>& x, double low, double high, std::size_t most);

// Mean of the finite samples of each bin, NaN where there is none. Of a full bin four runs of 8 samples are
// read, evenly spread: most of the cost is the way to the memory.
// The first `kept` bins of `out` are taken as they are.
void bin_means(const Bins& bins, const viz::View<float>& y, std::vector<float>& out, std::size_t kept = 0);

// The same for every column of a row-major table [bins.edges.back() or more rows, width], of all rows: out is
// [bins, width]. The first `kept` bins of `out` are taken as they are.
void bin_table(const Bins& bins, const float* table, std::size_t width, std::vector<float>& out, std::size_t kept = 0);

// The first `experts` columns of such a table [bins, width] as `bands` of neighbours, at most `experts`: each shows the
// value farthest from fair (1) among its experts, NaN where there is none. Out is [bins, bands]; band b holds experts
// [b E / bands, (b + 1) E / bands). The first `kept` bins of `out` are taken as they are.
void worst_of_bands(std::span<const float> table, std::size_t width, std::size_t experts, std::size_t bands, std::vector<float>& out,
                    std::size_t kept = 0);

}  // namespace switchyard::app
