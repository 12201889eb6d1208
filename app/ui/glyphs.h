// Which characters the font atlas must hold: what the program itself writes, and whatever the text it
// is shown contains. Fonts are rasterised ahead of use, so the set grows with the corpus.
//
// Thread safety: a plain value.
#pragma once

#include <cstddef>
#include <set>
#include <string_view>
#include <vector>

namespace switchyard::app {

class Glyphs {
 public:
  // ASCII, Latin-1 and the punctuation, arrows and signs the interface uses.
  Glyphs();

  // Adds the code points of UTF-8 text. Those above 0xFFFF are left out: ImGui's characters have 16 bits
  // here, and such a character is shown as its number. True when one is new and the atlas is stale.
  bool add(std::string_view utf8);

  const std::set<char32_t>& code_points() const { return code_points_; }
  // Inclusive pairs, ending with 0, as ImGui wants them.
  std::vector<unsigned short> ranges() const;

 private:
  std::set<char32_t> code_points_;
};

}  // namespace switchyard::app
