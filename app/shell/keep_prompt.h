// Asks for the name under which the model of now is kept (Ctrl+S): one field, Enter keeps, Escape leaves it.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

// Opens it with a name that says where the run stands.
void ask_to_keep(const PanelInput& in, UiState& ui);
void draw_keep_prompt(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
