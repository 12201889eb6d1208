#include "core/checkpoints/tensor_type.h"

#include <algorithm>
#include <array>

namespace switchyard {
namespace {

// As the format's own library knows them.
constexpr std::array<TensorType, 22> kTensorTypes{
    {{"BF16", 16, Dtype::bf16}, {"F16", 16, Dtype::f16}, {"F32", 32, Dtype::f32}, {"F64", 64, {}},
     {"F8_E4M3", 8, {}},        {"F8_E5M2", 8, {}},      {"F8_E8M0", 8, {}},      {"F8_E4M3FNUZ", 8, {}},
     {"F8_E5M2FNUZ", 8, {}},    {"F6_E2M3", 6, {}},      {"F6_E3M2", 6, {}},      {"F4", 4, {}},
     {"BOOL", 8, {}},           {"U8", 8, {}},           {"I8", 8, {}},           {"U16", 16, {}},
     {"I16", 16, {}},           {"U32", 32, {}},         {"I32", 32, {}},         {"U64", 64, {}},
     {"I64", 64, {}},           {"C64", 64, {}}}};

}  // namespace

const TensorType* tensor_type(std::string_view name) {
  const auto at = std::find_if(kTensorTypes.begin(), kTensorTypes.end(),
                               [&](const TensorType& type) { return type.name == name; });
  return at == kTensorTypes.end() ? nullptr : &*at;
}

std::string read_types() { return "BF16, F16 and F32"; }

}  // namespace switchyard
