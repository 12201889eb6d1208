// The data panels of the workbench. Each draws inside the current ImGui child window, whose rect is the
// panel's; it opens with panel_begin() and closes with panel_end() (app/panels/parts/panel_frame.h).
//
// Pure functions of their input: view choices live in UiState, intent leaves as Commands.
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

// Of every task.
void draw_loss_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_expert_load_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_layer_load_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_routing_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_health_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_specialization_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_co_activation_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_expert_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_gradient_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_flow_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_projection_panel(const PanelInput& in, UiState& ui, Commands& out);
// Of a text.
void draw_token_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_strips_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_inspector_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_generation_panel(const PanelInput& in, UiState& ui, Commands& out);
// Of points.
void draw_accuracy_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_plane_panel(const PanelInput& in, UiState& ui, Commands& out);
void draw_confusion_panel(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
