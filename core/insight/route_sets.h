// The sets of k of N experts that a counterfactual tries in place of a token's own: all of them where they are
// few, else a sample without repeats, the same for the same seed. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <vector>

namespace switchyard {

// C(n, k) as a double: exact up to 2^53, infinite beyond what a double holds.
double combinations(std::int32_t n, std::int32_t k);

// At most `limit` sets, each k different experts, rising, never `own` (rising): every other one in lexicographic
// order if there are no more than that, else drawn evenly. `left_out` [N] 1: in no set, and not in `own`; empty:
// none.
std::vector<std::vector<std::int32_t>> route_sets(std::int32_t experts, std::int32_t top_k,
                                                  const std::vector<std::int32_t>& own, std::int64_t limit,
                                                  std::uint64_t seed,
                                                  const std::vector<std::uint8_t>& left_out = {});

}  // namespace switchyard
