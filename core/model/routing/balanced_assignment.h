// The assignment of T tokens to N experts, one each, with the largest sum of scores of all that give every expert
// floor(T / N) or ceil(T / N) tokens: the linear assignment of BASE layers (Lewis 2021, 2103.16716), exactly,
// where others stop an auction early.
//
// A minimum-cost flow by successive shortest paths: tokens come one by one, and each that finds its best expert
// full moves others along the cheapest chain of experts. A token costs N log T, and one that moves others rounds
// of N^2, a few in practice and N at worst; on one thread. Thread safety: pure function.
#pragma once

#include <cstdint>
#include <vector>

#include "core/model/base/torch.h"

namespace switchyard {

// What is asked besides. Empty: nothing.
struct Assigned {
  std::vector<std::int64_t> held;   // [N] so many tokens each expert has of earlier choices; with them it comes to
                                    // the floor or the ceiling of the mean
  std::vector<std::uint8_t> taken;  // [T N] 1: this token must not have this expert; each has one that it may
};

// scores [T, N] of any float type, of each token for each expert; what is not finite counts as further than all
// that is. -> [T] experts. Loads are even wherever they can be without what is taken; a token for which there is
// no such place gets the best expert that it may have.
std::vector<std::int64_t> balanced_assignment(const at::Tensor& scores, const Assigned& before = {});

}  // namespace switchyard
