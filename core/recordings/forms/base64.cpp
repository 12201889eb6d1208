#include "core/recordings/forms/base64.h"

#include <modp_b64.h>

#include <string>

namespace switchyard {
namespace {

constexpr std::string_view kBetween = " \t\r\n\v\f";

}  // namespace

std::optional<std::vector<std::byte>> bytes_of_plain_base64(std::string_view text) {
  std::vector<std::byte> bytes(modp_b64_decode_len(text.size()));
  const std::size_t length = modp_b64_decode(reinterpret_cast<char*>(bytes.data()), text.data(), text.size());
  if (length == static_cast<std::size_t>(-1)) return std::nullopt;
  bytes.resize(length);
  return bytes;
}

std::optional<std::vector<std::byte>> bytes_of_base64(std::string_view text) {
  if (auto bytes = bytes_of_plain_base64(text)) return bytes;
  if (text.find_first_of(kBetween) == std::string_view::npos) return std::nullopt;
  std::string letters(text);
  std::erase_if(letters, [](char c) { return kBetween.find(c) != std::string_view::npos; });
  return bytes_of_plain_base64(letters);
}

}  // namespace switchyard
