#include "core/recordings/forms/parts/base64.h"

#include <modp_b64.h>

#include <array>
#include <string>

namespace switchyard {
namespace {

constexpr std::string_view kBetween = " \t\r\n\v\f";

}  // namespace

std::optional<std::vector<std::byte>> bytes_of_plain_base64(std::string_view text) {
  std::vector<std::byte> bytes(modp_b64_decode_len(text.size()));
  const std::size_t length = modp_b64_decode(reinterpret_cast<char*>(bytes.data()), text.data(), text.size());
  if (length == static_cast<std::size_t>(-1)) return std::nullopt;
  // Of a last group of two or three letters some bits are no byte's; an encoder leaves them 0 (RFC 4648, 3.5).
  if (length % 3 != 0) {
    std::array<char, 5> again{};
    const std::size_t whole = length - length % 3;
    modp_b64_encode(again.data(), reinterpret_cast<const char*>(bytes.data()) + whole, length % 3);
    if (text.size() < 4 || text.substr(text.size() - 4) != std::string_view(again.data(), 4)) return std::nullopt;
  }
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
