// The number types of the safetensors format: what each is called in a header, how many bytes it takes, and 16-bit
// floats as the 32-bit ones they stand for. Thread safety: pure functions.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace switchyard {

enum class Dtype : std::uint8_t { f32, f64, f16, bf16, u8, i8, u16, i16, i32, i64 };

std::string_view name_of(Dtype dtype);  // "F32"
std::size_t size_of(Dtype dtype);       // bytes of one number
// Nothing of a name that is none of these.
std::optional<Dtype> dtype_named(std::string_view name);

inline float float_of_bf16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}
// IEEE binary16, denormal numbers, infinities and NaN too.
float float_of_f16(std::uint16_t bits);

}  // namespace switchyard
