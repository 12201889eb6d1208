#include "core/record/files/dtype.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace switchyard {
namespace {

struct DtypeRow {
  std::string_view name;
  std::size_t bytes;
};
constexpr std::array<DtypeRow, 10> kDtypes{{{"F32", 4},
                                            {"F64", 8},
                                            {"F16", 2},
                                            {"BF16", 2},
                                            {"U8", 1},
                                            {"I8", 1},
                                            {"U16", 2},
                                            {"I16", 2},
                                            {"I32", 4},
                                            {"I64", 8}}};

}  // namespace

std::string_view name_of(Dtype dtype) { return kDtypes[static_cast<std::size_t>(dtype)].name; }
std::size_t size_of(Dtype dtype) { return kDtypes[static_cast<std::size_t>(dtype)].bytes; }

std::optional<Dtype> dtype_named(std::string_view name) {
  const auto at =
      std::find_if(kDtypes.begin(), kDtypes.end(), [&](const DtypeRow& row) { return row.name == name; });
  if (at == kDtypes.end()) return std::nullopt;
  return static_cast<Dtype>(at - kDtypes.begin());
}

float float_of_f16(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16U, exponent = bits >> 10U & 0x1FU,
                      fraction = bits & 0x3FFU;
  if (exponent == 0) {
    const float small = std::ldexp(static_cast<float>(fraction), -24);
    return sign ? -small : small;
  }
  const std::uint32_t wide = exponent == 0x1FU ? 0xFFU : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23U | fraction << 13U);
}

}  // namespace switchyard
