// The data panels of this room, as app/panels/panel_table.h says what one is.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

void draw_rank_times_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_rank_tokens_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_rank_course_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_rank_balance_panel(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
