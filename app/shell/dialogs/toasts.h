// Messages (app/run/notices.h) on the screen: toasts at the lower right, the log in a drawer.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

// A toast for alerts of routing that begin while another workspace is shown; it goes with them.
void tell_of_alerts(const PanelInput& in, UiState& ui);
// Above `bottom`, so that the timeline stays free. Of something deleted one offers Undo, of alerts to show them and
// their remedy.
void draw_toasts(const PanelInput& in, UiState& ui, Commands& out, float bottom);
// A drawer over the lower part of the window, where ui.show_log.
void draw_log(const PanelInput& in, UiState& ui);

}  // namespace switchyard::app
