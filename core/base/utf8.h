// UTF-8 to code points and back, strictly: overlong forms, surrogates and values past U+10FFFF are bad.
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace switchyard {

struct DecodedText {
  std::u32string text;                  // everything before the first bad sequence
  std::optional<std::size_t> bad_byte;  // offset of that sequence's first byte
};
DecodedText decode_utf8(std::string_view bytes);
// The same offset, without the text.
std::optional<std::size_t> bad_utf8(std::string_view bytes);

// Where to cut text that is to be `most` bytes long at most, so that no character is torn: its length where that
// is no more, else the last begin of a character that is not beyond. Of what is no UTF-8, 0 at worst.
std::size_t utf8_cut(std::string_view text, std::size_t most);

// `character` must be a code point: below 0x110000 and no surrogate.
std::string encode_utf8(char32_t character);

}  // namespace switchyard
