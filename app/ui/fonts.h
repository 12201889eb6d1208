// The program's typefaces: Inter for text, JetBrains Mono for numbers and tokens, found through
// fontconfig; DejaVu and whatever else the system has fill in what they lack; ImGui's own font is the last
// resort; a character that none has is named wherever text is drawn. The atlas is built from the characters in use
// (glyphs.h).
//
// Thread safety: window thread only, between frames.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/ui/glyphs.h"
#include "viz/base/theme.h"
#include "viz/canvas/typeface.h"

namespace switchyard::app {

class FontLoader {
 public:
  // Builds ImGui's atlas anew for this scale and these characters. The returned fonts are valid until
  // the next build. The device texture must be uploaded again afterwards (Window::upload_fonts).
  viz::Fonts build(const Glyphs& glyphs, float scale);
  // The same fonts for whoever sets text outside ImGui's atlas, at the sizes of the last build.
  const viz::Typefaces& typefaces() const { return typefaces_; }

 private:
  // A font file in memory, kept because the atlas reads it again at every build.
  const std::vector<char>* file(const std::string& path);
  std::map<std::string, std::vector<char>> files_;
  viz::Typefaces typefaces_;
  std::vector<unsigned short> ranges_;  // must outlive the atlas' build
};

}  // namespace switchyard::app
