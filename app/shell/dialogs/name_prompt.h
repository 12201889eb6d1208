// Asks for a name: of the model of now, to keep it (Ctrl+S); of a step that is kept; of a run; of its setup, to save it as a
// preset; of a folder for routes. One field, Enter takes it, Escape leaves it.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

// Opens it with a name that says where the run stands.
void ask_to_keep(const PanelInput& in, UiState& ui);
// For a kept step, with the name it has.
void ask_to_name(UiState& ui, const KeptStep& kept);
// For a run of the window, with the name it has; without one it is called as its folder is.
void ask_to_name_run(UiState& ui, const RunView& run);
// Opens it empty. What is saved is the setup of when the name is given.
void ask_to_save_setup(UiState& ui);
// For a folder that routes are to be recorded into, with one that is free.
void ask_where_routes_go(const PanelInput& in, UiState& ui);
void draw_name_prompt(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
