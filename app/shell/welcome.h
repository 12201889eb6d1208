// The first minute's strip under the top bar: presets as chips, and what may be dropped here. It leaves
// with the first edit, or when it is closed; View brings it back.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

// Fills the current child window.
void draw_welcome(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
