// Messages (app/run/notices.h) on the screen: toasts at the lower right, the log in a drawer.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

// Above `bottom`, so that the timeline stays free. Of something deleted one offers Undo.
void draw_toasts(const PanelInput& in, UiState& ui, Commands& out, float bottom);
// A drawer over the lower part of the window, where ui.show_log.
void draw_log(const PanelInput& in, UiState& ui);

}  // namespace switchyard::app
