// What ranks of a model would report, made up: rank 1's experts are given more tokens the longer one trains.
//
// Thread safety: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/records.h"

namespace switchyard::test {

// `shared`: experts are shared out. A step of 10 ms and what rank 1 takes longer; exchanges and sums last until it
// has come.
inline std::vector<RankRecord> fake_ranks(std::int64_t step, std::size_t count, bool shared = true) {
  std::vector<RankRecord> ranks(count);
  const auto wave = static_cast<float>(step % 5);
  const float more = shared ? 4 + 0.1F * wave : 0.5F;
  for (std::size_t r = 0; r < count; ++r) {
    RankRecord& rank = ranks[r];
    const bool late = r == 1;
    rank.compute_ms = 10 + 0.2F * static_cast<float>(r) + 0.05F * wave + (late ? more : 0);
    rank.exchange_ms = shared ? (late ? 1.5F : 1.5F + 0.75F * more) : 0;
    rank.sum_ms = 2 + (late ? 0 : shared ? 0.25F * more : more);
    if (!shared) continue;
    rank.exchange_mb = 0.4F + 0.05F * static_cast<float>(r);
    for (std::size_t to = 0; to < count; ++to)
      rank.rows.push_back(static_cast<float>(200 + 10 * r) +
                          (to == 1 ? 220.0F + wave : 3.0F * static_cast<float>(to)));
  }
  return ranks;
}

}  // namespace switchyard::test
