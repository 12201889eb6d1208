// The menus of the top bar: File, View, Help. Each is a small button that opens a popup.
//
// Thread safety: window thread only.
#pragma once

#include "app/panel.h"
#include "app/ui/skin.h"

namespace switchyard::app {

// The interface scales offered.
inline constexpr float kScales[] = {1.0f, 1.25f, 1.5f, 2.0f};

// Draws the three buttons from the cursor to the right.
void draw_menus(const PanelInput& in, UiState& ui, Commands& out);

// A preset becomes the draft; the corpus and the number of threads stay as they are.
void apply_preset(const std::string& name, UiState& ui, Commands& out);

}  // namespace switchyard::app
