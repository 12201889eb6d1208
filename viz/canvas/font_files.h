// Typefaces read from their font files with FreeType: how wide a text is, and which glyph of which file shows each
// of its characters. What no file has is shown as the first file's sign for a missing character.
//
// Thread safety: one thread (FreeType's faces are).
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "viz/canvas/typeface.h"

struct FT_FaceRec_;

namespace viz {

class FontFiles {
 public:
  // Files that cannot be read are passed over; a typeface without any draws nothing and has no width.
  explicit FontFiles(const Typefaces& typefaces);
  ~FontFiles();
  FontFiles(const FontFiles&) = delete;
  FontFiles& operator=(const FontFiles&) = delete;

  struct Glyph {
    FT_FaceRec_* face = nullptr;  // owned here, scaled to the typeface's em
    std::size_t file = 0;         // its index among the typeface's readable files
    unsigned index = 0;
    float advance = 0;  // unhinted, in the canvas' units
  };
  // One for each code point of the UTF-8 text; stray bytes are left out.
  std::vector<Glyph> glyphs(std::string_view text, Font font) const;
  Point text_size(std::string_view text, Font font) const;
  const Typeface& typeface(Font font) const { return typeface_of(typefaces_, font); }
  // Keeps the faces of glyphs alive beyond this object: for whoever caches them.
  std::shared_ptr<const void> lease() const { return faces_; }

 private:
  struct Faces;
  Typefaces typefaces_;
  std::shared_ptr<Faces> faces_;
};

// Sets em_px and ascent_px of a typeface from its line_px and its first file, the way Dear ImGui sizes fonts: the
// line reaches from the ascender to the descender. Unchanged where the file cannot be read.
void measure_typeface(Typeface& typeface);

}  // namespace viz
