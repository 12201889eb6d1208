// How the window looks: its theme, its fonts with every character that came up, at its scale.
//
// Thread safety: window thread only.
#pragma once

#include <cstddef>
#include <memory>

#include "app/files/folder.h"
#include "app/run/live.h"
#include "app/ui/fonts.h"
#include "app/ui/glyphs.h"
#include "app/ui/panel_exports.h"
#include "viz/base/theme.h"

namespace switchyard::app {

class Appearance {
 public:
  // Before a frame: takes up what changed since the last one. True where the display has to take the fonts anew.
  bool refresh(const Live& live, const UiState& ui, PanelExports& exports);

  const viz::Theme& theme() const { return theme_; }
  auto typefaces() const { return loader_.typefaces(); }

 private:
  // True when a character came up that the fonts do not hold yet.
  bool learn_glyphs(const Live& live, const UiState& ui);

  viz::Theme theme_ = viz::dark();
  viz::Fonts fonts_;
  FontLoader loader_;
  Glyphs glyphs_;
  std::shared_ptr<const ProbeTokens> glyphs_from_;
  std::shared_ptr<const ProbePoints> glyphs_of_points_;
  std::shared_ptr<const Folder> glyphs_listed_, glyphs_recent_;
  std::size_t glyphs_generated_ = 0;
  float loaded_scale_ = 0;
  bool styled_ = false;
};

}  // namespace switchyard::app
