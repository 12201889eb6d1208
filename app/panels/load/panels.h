// The data panels of this room, as app/panels/panel_table.h says what one is.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

void draw_expert_load_panel(const PanelInput& in, UiState& ui, Commands& out);
// The longest of its bars, or the fair share; 0: it has none. What runs side by side share their scale by
// (Several).
float most_expert_load(const PanelInput& in, const UiState& ui);
void draw_layer_load_panel(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
