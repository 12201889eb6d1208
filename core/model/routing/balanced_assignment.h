// The assignment of T tokens to N experts, one each, with the largest sum of scores of all that give every expert
// floor(T / N) or ceil(T / N) tokens: the linear assignment of BASE layers (Lewis 2021, 2103.16716), exactly,
// where others stop an auction early.
//
// A minimum-cost flow by successive shortest paths: tokens come one by one, and each that finds its best expert
// full moves others along the cheapest chain of experts. O(T (N^2 + N log T)) on one thread; N = 16, T = 8,192
// takes some 20 ms. Thread safety: pure function.
#pragma once

#include <vector>

#include "core/model/base/torch.h"

namespace switchyard {

// scores [T, N] of any float type, of each token for each expert; what is not finite counts as very far.
// held [N]: so many tokens each expert has already, of earlier choices; with them every expert comes to the floor
// or the ceiling of the mean. Empty: none. -> [T] experts.
std::vector<std::int64_t> balanced_assignment(const at::Tensor& scores,
                                              const std::vector<std::int64_t>& held = {});

}  // namespace switchyard
