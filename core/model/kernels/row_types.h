// What passes over rows (rows.h) are told in. Thread safety: values.
#pragma once

#include <cstdint>

namespace switchyard {
// The upper half of a float: 8 bits of exponent, 7 of mantissa.
using Bf16 = std::uint16_t;
}  // namespace switchyard

namespace switchyard::rows {

// Dropout whose mask is a function of the row's random word and the column, so that a backward needs no copy of
// it. Words are Philox's (draws.h); within a row a hash of the column will do, and costs a fifth of it.
struct DropMask {
  std::uint32_t key = 0, turn = 0;  // the word's halves
  std::uint32_t threshold = 0;      // 2^32 times the chance; 0: nothing is dropped
  float scale = 1;                  // 1 / (1 - chance)

  DropMask() = default;
  DropMask(double chance, std::uint64_t word)
      : key(static_cast<std::uint32_t>(word)),
        turn(static_cast<std::uint32_t>(word >> 32)),
        threshold(static_cast<std::uint32_t>(chance * 4294967296.0)),
        scale(static_cast<float>(1 / (1 - chance))) {}
};

}  // namespace switchyard::rows
