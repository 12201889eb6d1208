// How even the loads of one MoE layer are, c_1 … c_N with f_i = c_i / sum c: whoever has counts, a trainer or a
// recording of another's, has these figures of them.
//   entropy of masses  H(f), nats
//   load entropy       H(f) / ln N           1: even; NaN with one expert or without tokens
//   max violation      max c / mean c - 1    0: even, N/k - 1: collapsed (Wang 2024, 2408.15664); NaN without
//   tokens
// Thread safety: pure functions.
#pragma once

#include <span>

namespace switchyard {

// Of non-negative masses; 0 where there are none.
double entropy_of(std::span<const double> masses);
double load_entropy(std::span<const double> counts);
double max_violation(std::span<const double> counts);

}  // namespace switchyard
