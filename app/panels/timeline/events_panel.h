// What happened in the run as a list, the newest first: step, what, and how often in a row. A click goes there,
// and on a row of several opens it.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

void draw_events_panel(const PanelInput& in, UiState& ui, Commands& out);

// A small button that opens and closes the list, with how much there is. Its lower left is at the cursor.
void events_button(const PanelInput& in, UiState& ui);

}  // namespace switchyard::app
