// Whole numbers in numpy's .npy, versions 1 to 3, read by a fixed grammar: little endian or of one byte, u1, u2,
// i1 to i8, C order. Objects, other types and orders are refused. Thread safety: pure function. Errors: usage,
// naming `where`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace switchyard {

struct WholeNumbers {
  std::vector<std::int64_t> shape;
  std::vector<std::int32_t> values;  // usage: beyond 32 bits
};
// At most `most_dimensions` of them.
Result<WholeNumbers> numbers_of_npy(std::span<const std::byte> bytes, std::size_t most_dimensions,
                                    const std::string& where);

}  // namespace switchyard
