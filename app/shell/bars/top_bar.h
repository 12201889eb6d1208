// The bar across the top: name and corpus, transport, menus, and at the right how fast it goes.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

// What only the window knows of itself.
struct WindowFigures {
  double frames_per_s = 0;
  double memory_bytes = 0;
  bool draws_in_software = false;
};

// Fills the current child window.
void draw_top_bar(const PanelInput& in, const WindowFigures& figures, UiState& ui, Commands& out);

}  // namespace switchyard::app
