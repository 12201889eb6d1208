// Texts that are not UTF-8: what they seem to be, and the same text in UTF-8. The tables are the system's (iconv).
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace switchyard {

struct Encoding {
  std::string_view name;   // iconv's
  std::string_view title;  // for a person
  bool is_utf16 = false;
};
// Those that this system can read: UTF-16, Latin-1, Windows-1252 first.
std::span<const Encoding> encodings();
// nullptr if there is none.
const Encoding* find_encoding(std::string_view name);

struct TextGuess {
  bool is_utf8 = false;                // text_from_bytes() takes it
  const Encoding* encoding = nullptr;  // what else it seems to be; nullptr: no text that could be told
  std::string found;                   // "UTF-16, little endian, with a byte order mark"
  std::size_t at = 0;                  // the first byte that is not UTF-8
};
// UTF-16 is told by its mark, or by where its zero bytes are. What else is not UTF-8 seems to be Windows-1252 if
// it has any of that one's own bytes, 0x80 to 0x9F, and none that it leaves out; else Latin-1.
TextGuess guess_encoding(std::string_view bytes);

// Exactly: every character, line ends too, but for a byte order mark at the begin. usage, as a sentence without
// its subject: bytes that stand for nothing in this encoding, a surrogate that stands alone, half a character, a
// zero (with its offset).
Result<std::string> to_utf8(std::string_view bytes, const Encoding& encoding);
// The same up to the first thing that is wrong: for a glance.
std::string glance_as_utf8(std::string_view bytes, const Encoding& encoding);

// The stretch of the text that shows best how it reads, some hundred bytes: around the first that is not UTF-8, or
// its begin.
std::string_view telling_part(std::string_view bytes, const TextGuess& guess);

// How a terminal makes a copy in UTF-8: "iconv -f UTF-16 -t UTF-8 FILE > COPY".
std::string iconv_line(const TextGuess& guess);

}  // namespace switchyard
