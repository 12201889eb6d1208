// What a widget needs to look right: theme, fonts and scale. Sizes in code are for scale 1; px() maps
// them to the screen.
//
// Thread safety: window thread only.
#pragma once

#include <imgui.h>

#include <cmath>
#include <string>
#include <string_view>

#include "viz/base/compat.h"
#include "viz/base/named_text.h"
#include "viz/base/theme.h"

namespace switchyard::app {

struct Skin {
  const viz::Theme& theme;
  float scale = 1;

  float px(float size) const { return std::round(size * scale); }
};

// Text in one of the theme's fonts, as a canvas shows it (viz/base/named_text.h); a null font (headless tests) is
// ImGui's current one.
inline ImVec2 text_size(ImFont* font, std::string_view text) {
  std::string named;
  text = viz::named_text(text, named);
  if (!font) font = ImGui::GetFont();
  // A view of nothing has no address, which ImGui would take for a C string.
  if (text.empty()) return {0, viz::font_px(font)};
  return font->CalcTextSizeA(viz::font_px(font), FLT_MAX, 0, text.data(), text.data() + text.size());
}
inline void draw_text(ImDrawList* list, ImFont* font, ImVec2 at, viz::Colour colour, std::string_view text) {
  if (text.empty()) return;
  std::string named;
  text = viz::named_text(text, named);
  if (!font) font = ImGui::GetFont();
  // Whole pixels: text between them blurs.
  list->AddText(font, viz::font_px(font), {std::round(at.x), std::round(at.y)}, colour, text.data(),
                text.data() + text.size());
}

// `text` cut to `width` with an ellipsis where it does not fit.
void draw_clipped_text(ImDrawList* list, ImFont* font, ImVec2 at, float width, viz::Colour colour,
                       std::string_view text);

// Pushes a font for a scope.
class WithFont {
 public:
  explicit WithFont(ImFont* font) { viz::push_font(font); }
  ~WithFont() { ImGui::PopFont(); }
  WithFont(const WithFont&) = delete;
  WithFont& operator=(const WithFont&) = delete;
};

}  // namespace switchyard::app
