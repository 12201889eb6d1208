#include "viz/canvas/font_files.h"

#include <ft2build.h>
#include FT_FREETYPE_H

#include <array>
#include <cmath>

#include "viz/base/named_text.h"

namespace viz {
namespace {

struct LibraryDelete {
  void operator()(FT_Library library) const { FT_Done_FreeType(library); }
};
struct FaceDelete {
  void operator()(FT_Face face) const { FT_Done_Face(face); }
};
using Library = std::unique_ptr<FT_LibraryRec_, LibraryDelete>;
using Face = std::unique_ptr<FT_FaceRec_, FaceDelete>;

Library open_library() {
  FT_Library library = nullptr;
  return Library(FT_Init_FreeType(&library) == 0 ? library : nullptr);
}

Face open_face(const Library& library, const FontFile& file) {
  FT_Face face = nullptr;
  if (!library || FT_New_Face(library.get(), file.path.c_str(), file.index, &face) != 0) return nullptr;
  return Face(FT_IS_SCALABLE(face) ? face : (FT_Done_Face(face), nullptr));
}

// Calls use(code point) for each; what is not well-formed is passed over.
template <class Use>
void each_character(std::string_view text, Use use) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
    if (length == 0 || i + length > text.size()) {
      ++i;
      continue;
    }
    char32_t point = length == 1 ? first : first & (0xffu >> (length + 1));
    for (std::size_t k = 1; k < length; ++k)
      point = (point << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3fu);
    use(point);
    i += length;
  }
}

}  // namespace

struct FontFiles::Faces {
  Library library = open_library();
  std::array<std::vector<Face>, 5> of;  // destroyed before the library
};

FontFiles::FontFiles(const Typefaces& typefaces) : typefaces_(typefaces), faces_(std::make_shared<Faces>()) {
  for (std::size_t i = 0; i < typefaces_.size(); ++i)
    for (const FontFile& file : typefaces_[i].files)
      if (Face face = open_face(faces_->library, file)) faces_->of[i].push_back(std::move(face));
}

FontFiles::~FontFiles() = default;

std::vector<FontFiles::Glyph> FontFiles::glyphs(std::string_view text, Font font) const {
  std::vector<Glyph> out;
  const auto& faces = faces_->of[static_cast<std::size_t>(font)];
  if (faces.empty()) return out;
  const float em = typeface(font).em_px;
  std::string named;
  each_character(named_text(text, named), [&](char32_t point) {
    Glyph glyph{faces[0].get(), 0, 0, 0};
    for (std::size_t i = 0; i < faces.size() && glyph.index == 0; ++i) {
      const FT_UInt index = FT_Get_Char_Index(faces[i].get(), point);
      if (index != 0) glyph = {faces[i].get(), i, index, 0};
    }
    FT_Fixed advance = 0;
    if (FT_Load_Glyph(glyph.face, glyph.index, FT_LOAD_NO_SCALE) == 0) advance = glyph.face->glyph->advance.x;
    glyph.advance = em * static_cast<float>(advance) / static_cast<float>(glyph.face->units_per_EM);
    out.push_back(glyph);
  });
  return out;
}

Point FontFiles::text_size(std::string_view text, Font font) const {
  float width = 0;
  for (const Glyph& glyph : glyphs(text, font)) width += glyph.advance;
  return {width, typeface(font).line_px};
}

void measure_typeface(Typeface& typeface) {
  if (typeface.files.empty()) return;
  const Library library = open_library();
  const Face face = open_face(library, typeface.files.front());
  if (!face || face->ascender <= face->descender) return;
  const float unit = typeface.line_px / static_cast<float>(face->ascender - face->descender);
  typeface.em_px = unit * static_cast<float>(face->units_per_EM);
  typeface.ascent_px = std::floor(unit * static_cast<float>(face->ascender) + 1);
}

}  // namespace viz
