// The card of a term that Ctrl+F found, and what F1 says of the panel under the mouse.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

// Over the rest, whichever of ui.reading.term and ui.reading.panel is set. A click outside closes it.
void draw_explanation(const PanelInput& in, UiState& ui);

// Whether something of the guide is on the screen; and its end.
bool is_read(const Reading& reading);
void end_reading(Reading& reading);
// F1: what stands open is closed; else the panel under the mouse is explained, or the window.
void explain(UiState& ui);

}  // namespace switchyard::app
