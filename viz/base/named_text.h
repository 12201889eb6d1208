// The one rule for odd characters on every canvas, in every list and table: what has a shape and a width of its
// own is shown; anything else is named, U+0085, so that nothing is invisible, moves its neighbours, or differs
// between the window and its figure. Named are controls but for newline and tab, marks of direction and other
// format characters, unassigned, private and non-characters, a combining mark without a letter, what lies past
// U+FFFF, which the window's fonts do not hold, and of the rest what no font of this machine has. Bytes that are
// not UTF-8 are shown as \xe9.
//
// Thread safety: any thread.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace viz {

// Bytes of the character that begins at `at`, and its code point; 0 where no well-formed UTF-8 begins.
std::size_t character_length(std::string_view text, std::size_t at, char32_t& point);

// What no font has of the characters that are to be shown, as whoever loads fonts found it; replaces what was said
// before. ASCII is shown whatever is said.
void name_unshown(const std::set<char32_t>& points);

// Tables are read elsewhere, by who may have other fonts: there the fonts do not count.
enum class ByFonts { yes, no };
// `text` itself where every character is shown; else `storage`, with the names.
std::string_view named_text(std::string_view text, std::string& storage, ByFonts fonts = ByFonts::yes);
inline std::string named_text(std::string_view text) {
  std::string storage;
  return std::string(named_text(text, storage));
}

}  // namespace viz
