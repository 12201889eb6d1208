// What can be done with a knob: back to what its run began from; one other value of it tried in a run beside the
// one that learns; a sweep over it.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"
#include "app/ui/skin.h"

namespace switchyard::app {

// The one of UiState::context_menu; `opens`: with this frame. False: it is closed.
bool draw_knob_menu(const Skin& skin, const PanelInput& in, UiState& ui, Commands& out, bool opens);

}  // namespace switchyard::app
