// The left column: every knob of the table, grouped, with what a change costs and whether it has arrived;
// below, what the drafted model weighs. A visit to knobs(): a knob added there appears here by itself.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

void draw_knob_panel(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
