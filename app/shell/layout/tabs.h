// The names of panels that share a place: a press brings one to the front. Those that find no room in the line are
// behind its last one.
//
// Thread safety: window thread only, inside an ImGui frame, in the window the panels are in.
#pragma once

#include "app/run/panel.h"
#include "app/shell/layout/layout.h"

namespace switchyard::app {

void draw_tabs(const PanelInput& in, const Tabs& tabs, UiState& ui);

}  // namespace switchyard::app
