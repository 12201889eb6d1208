// The help page (F1): how to read the window and every shortcut; and the About page.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

// Draws whichever of ui.show_help and ui.show_about is set, over the rest. A click outside closes it.
void draw_help(const PanelInput& in, UiState& ui);

}  // namespace switchyard::app
