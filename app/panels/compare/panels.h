// The data panels of this room, as app/panels/panel_table.h says what one is.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

void draw_compared_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_compared_loss_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_difference_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_side_by_side_panel(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
