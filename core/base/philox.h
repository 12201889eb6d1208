// Random numbers as a function of where they are used: Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011,
// "Parallel random numbers: as easy as 1, 2, 3"), ten rounds of two multiplications that turn a counter of four
// words and a key of two into four random words. There is no state: whoever knows seed, purpose and counter knows
// the draw, in any order, on any thread.
//
// Thread safety: pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/base/random.h"

namespace switchyard {

using PhiloxWords = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

namespace philox_detail {
inline constexpr std::uint32_t kMultiply0 = 0xD2511F53, kMultiply1 = 0xCD9E8D57;  // of words 0 and 2
inline constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;  // added to the key after each round
}  // namespace philox_detail

[[gnu::always_inline]] constexpr inline PhiloxWords philox(PhiloxWords counter, PhiloxKey key) {
  using namespace philox_detail;
  std::uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3], k0 = key[0], k1 = key[1];
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p = std::uint64_t{kMultiply0} * a, q = std::uint64_t{kMultiply1} * c;
    a = static_cast<std::uint32_t>(q >> 32) ^ b ^ k0;
    b = static_cast<std::uint32_t>(q);
    c = static_cast<std::uint32_t>(p >> 32) ^ d ^ k1;
    d = static_cast<std::uint32_t>(p);
    k0 += kWeyl0;
    k1 += kWeyl1;
  }
  return {a, b, c, d};
}

// One key for each use of a seed, as RandomStream has one stream.
inline PhiloxKey philox_key(std::uint64_t seed, std::string_view purpose) {
  const std::uint64_t word = RandomStream(seed, purpose).next_u64();
  return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
}

// The integer in [0, bound) that `place` of `round` draws; some are likelier than others by one part in 2^64 /
// bound.
inline std::uint64_t philox_below(PhiloxKey key, std::uint64_t round, std::uint64_t place, std::uint64_t bound) {
  const PhiloxWords words = philox({static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(place >> 32),
                                    static_cast<std::uint32_t>(round), static_cast<std::uint32_t>(round >> 32)},
                                   key);
  __extension__ using u128 = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<u128>(std::uint64_t{words[1]} << 32 | words[0]) * bound) >> 64);
}

}  // namespace switchyard
