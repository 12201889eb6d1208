// The one rule for odd characters on every canvas and in every list: what has a shape and a width of its own is shown;
// anything else is named, U+0085, so that nothing is invisible, moves its neighbours, or differs between the window and
// its figure. Named are controls but for newline and tab, marks of direction and other format characters, unassigned,
// private and non-characters, a combining mark without a letter, and what lies past U+FFFF, which the window's fonts do not
// hold. Bytes that are not UTF-8 are shown as \xe9.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace viz {

// Bytes of the character that begins at `at`, and its code point; 0 where no well-formed UTF-8 begins.
std::size_t character_length(std::string_view text, std::size_t at, char32_t& point);

// `text` itself where every character is shown; else `storage`, with the names.
std::string_view named_text(std::string_view text, std::string& storage);
inline std::string named_text(std::string_view text) {
  std::string storage;
  return std::string(named_text(text, storage));
}

}  // namespace viz
