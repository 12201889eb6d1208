// The card of a term that Ctrl+F found, and what F1 says of the panel under the mouse.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

// Over the rest, whichever of ui.reading.term and ui.reading.panel is set. A click outside closes it.
void draw_explanation(const PanelInput& in, UiState& ui);

}  // namespace switchyard::app
