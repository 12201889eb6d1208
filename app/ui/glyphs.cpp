#include "app/ui/glyphs.h"

#include <utf8.h>

namespace switchyard::app {
namespace {

// Beyond Latin-1, what our own texts use.
constexpr std::string_view kOwnSigns = "–—−∩‘’“”…•·×÷±≤≥≈∞∑√αβγσΣλ←↑→↓↔▲▼▸▾⟲␣⏎↵█�₀₁₂₃µΔ∂";

}  // namespace

Glyphs::Glyphs() {
  for (char32_t c = 0x20; c < 0x7f; ++c) code_points_.insert(c);
  for (char32_t c = 0xa0; c <= 0xff; ++c) code_points_.insert(c);
  add(kOwnSigns);
}

bool Glyphs::add(std::string_view text) {
  bool grew = false;
  auto at = text.begin();
  while (at != text.end()) {
    const auto sound_end = utf8::find_invalid(at, text.end());
    while (at != sound_end) {
      const char32_t c = utf8::unchecked::next(at);
      if (c >= 0x20 && c <= 0xffff && code_points_.insert(c).second) grew = true;
    }
    if (at != text.end()) ++at;  // one broken byte is no reason to lose the rest
  }
  return grew;
}

std::vector<unsigned short> Glyphs::ranges() const {
  std::vector<unsigned short> out;
  for (const char32_t c : code_points_) {
    const auto glyph = static_cast<unsigned short>(c);
    if (!out.empty() && out.back() + 1U == c) {
      out.back() = glyph;
    } else {
      out.push_back(glyph);
      out.push_back(glyph);
    }
  }
  out.push_back(0);
  return out;
}

}  // namespace switchyard::app
