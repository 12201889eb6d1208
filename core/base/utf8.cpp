#include "core/base/utf8.h"

namespace switchyard {
namespace {

// Length of the sequence a first byte announces, 0 for a byte that cannot be first.
int sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;  // continuation bytes, and C0 C1: only overlong forms start so
  if (first < 0xE0) return 2;
  if (first < 0xF0) return 3;
  return first < 0xF5 ? 4 : 0;
}

bool is_code_point(char32_t c, int length) {
  if (length == 3) return c >= 0x800 && (c < 0xD800 || c > 0xDFFF);
  if (length == 4) return c >= 0x10000 && c < 0x110000;
  return true;
}

template <class Take>
std::optional<std::size_t> decode(std::string_view bytes, Take take) {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const int length = sequence_length(first);
    bool good = length > 0 && at + static_cast<std::size_t>(length) <= bytes.size();
    char32_t c = length <= 1 ? first : first & (0xFFu >> (length + 1));
    for (int i = 1; good && i < length; ++i) {
      const auto next = static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
      good = (next & 0xC0) == 0x80;
      c = (c << 6) | (next & 0x3Fu);
    }
    if (!good || !is_code_point(c, length)) return at;
    take(c);
    at += static_cast<std::size_t>(length);
  }
  return std::nullopt;
}

}  // namespace

DecodedText decode_utf8(std::string_view bytes) {
  DecodedText decoded;
  decoded.text.reserve(bytes.size());
  decoded.bad_byte = decode(bytes, [&](char32_t c) { decoded.text.push_back(c); });
  return decoded;
}

std::optional<std::size_t> bad_utf8(std::string_view bytes) {
  return decode(bytes, [](char32_t) {});
}

std::size_t utf8_cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text.size();
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return most;
}

std::string encode_utf8(char32_t c) {
  const auto tail = [](char32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | (c >> 6)), tail(c)};
  if (c < 0x10000) return {static_cast<char>(0xE0 | (c >> 12)), tail(c >> 6), tail(c)};
  return {static_cast<char>(0xF0 | (c >> 18)), tail(c >> 12), tail(c >> 6), tail(c)};
}

}  // namespace switchyard
