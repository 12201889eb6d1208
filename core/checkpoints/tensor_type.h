// The number types that a safetensors file may name, and which of them are read as weights. Thread safety: pure
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/record/files/dtype.h"

namespace switchyard {

struct TensorType {
  std::string_view name;       // "F8_E4M3"
  std::uint64_t bits = 0;      // of one number
  std::optional<Dtype> reads;  // as what; nothing: its numbers are not read
};

// Null of a name that the format does not know.
const TensorType* tensor_type(std::string_view name);
// "BF16, F16 and F32", of those that are read.
std::string read_types();

}  // namespace switchyard
