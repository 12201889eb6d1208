// Seeded random streams that give the same numbers on every platform and standard library (the
// <random> distributions do not). A stream is named by (seed, purpose), so adding a consumer never
// shifts the numbers another one sees.
//
// Generator: xoshiro256** seeded through SplitMix64 (Blackman & Vigna 2018).
// Thread safety: a stream belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace switchyard {

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view purpose);

  std::uint64_t next_u64();
  // Uniform in [0, 1), 53 bits.
  double uniform();
  // Uniform integer in [0, bound); bound >= 1. Unbiased (Lemire 2019).
  std::uint64_t below(std::uint64_t bound);
  // Standard normal (Box-Muller, one value a call, so the state stays four words).
  double normal();

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace switchyard
