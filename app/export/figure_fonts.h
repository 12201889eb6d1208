// Fonts for figures where there is no window: an ImGui context that shows nothing, with the program's typefaces in
// its atlas.
//
// Thread safety: one thread; no other ImGui context may be in use while it lives.
#pragma once

#include <imgui.h>

#include <memory>

#include "app/ui/fonts.h"
#include "app/ui/glyphs.h"
#include "viz/base/theme.h"

namespace switchyard::app {

class FigureFonts {
 public:
  FigureFonts(const Glyphs& glyphs, bool light_theme);

  // With the fonts in it.
  const viz::Theme& theme() const { return theme_; }
  viz::Theme& theme() { return theme_; }
  const viz::Typefaces& typefaces() const { return fonts_.typefaces(); }

 private:
  struct ContextDelete {
    void operator()(ImGuiContext* context) const { ImGui::DestroyContext(context); }
  };
  std::unique_ptr<ImGuiContext, ContextDelete> context_;
  FontLoader fonts_;
  viz::Theme theme_;
};

}  // namespace switchyard::app
