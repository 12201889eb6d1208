// The whole window's contents as one function: top bar, knobs at the left, data at the right of them.
// No docking: the panels take the places that suit the window's size.
//
// Thread safety: window thread only, inside an ImGui frame.
#pragma once

#include "app/run/panel.h"
#include "app/shell/bars/top_bar.h"

namespace switchyard::app {

void draw_workbench(const PanelInput& in, const WindowFigures& figures, UiState& ui, Commands& out);

}  // namespace switchyard::app
