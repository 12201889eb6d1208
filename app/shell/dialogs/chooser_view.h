// The chooser of files and runs on the screen: a dialog over the window, for mouse and keys. While it is open, no
// key is a shortcut of the program.
//
// Thread safety: window thread only.
#pragma once

#include "app/files/chooser.h"
#include "app/run/panel.h"

namespace switchyard::app {

// Begins where something of the kind was opened last.
void open_chooser(const PanelInput& in, UiState& ui, Chooses what);
void draw_chooser(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
