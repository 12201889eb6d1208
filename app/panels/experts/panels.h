// The data panels of this room, as app/panels/panel_table.h says what one is.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

void draw_specialization_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_co_activation_panel(const PanelInput& in, UiState& ui, Commands& out);
// Where the scales of their shares end; 0: they have none. What runs side by side share their scale by (Several).
float most_specialization(const PanelInput& in, const UiState& ui);
float most_co_activation(const PanelInput& in, const UiState& ui);
void draw_expert_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_flow_panel(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
