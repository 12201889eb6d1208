// How the tokens of one MoE layer in one step spread over its experts, in numbers.
//
// Of the counts c_1 … c_N (LayerRecord::counts: tokens that chose an expert, before capacity; of soft mixing its
// mass):
//   min, max   the least and the most
//   std        of the population: sqrt(mean (c_i - mean c)^2)
//   p50 … p95  percentiles by linear interpolation, numpy's default: of the sorted x_0 … x_{N-1} the value at
//              h = (N - 1) q / 100, x_floor(h) + (h - floor(h)) (x_floor(h)+1 - x_floor(h))
// Of no counts all are NaN. Thread safety: pure function.
#pragma once

#include <limits>
#include <span>

namespace switchyard {

struct LoadSpread {
  double min = std::numeric_limits<double>::quiet_NaN(), max = min, std = min, p50 = min, p75 = min, p90 = min,
         p95 = min;
};

LoadSpread load_spread(std::span<const float> counts);

}  // namespace switchyard
