// The data panels of this room, as app/panels/panel_table.h says what one is.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

void draw_ablation_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_steering_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_zoo_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_reference_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_prune_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_route_diff_panel(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
