// The data panels of this room, as app/panels/panel_table.h says what one is: of the checkpoint that is open
// beside the runs (app/run/checkpoint_shown.h), not of the run that is shown.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

void draw_checkpoint_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_gate_norms_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_gate_cosines_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_gate_rank_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_expert_norms_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_expert_cosines_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_expert_spectrum_panel(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
