#include "app/panels/panel_table.h"

#include "app/panels/causes/panels.h"
#include "app/panels/checkpoint/panels.h"
#include "app/panels/compare/panels.h"
#include "app/panels/curves/panels.h"
#include "app/panels/experts/panels.h"
#include "app/panels/health/panels.h"
#include "app/panels/load/panels.h"
#include "app/panels/plane/panels.h"
#include "app/panels/ranks/panels.h"
#include "app/panels/runs/panels.h"
#include "app/panels/timeline/events_panel.h"
#include "app/panels/timeline/timeline_panel.h"
#include "app/panels/tokens/panels.h"

namespace switchyard::app {
namespace {

constexpr PanelSpec kTable[] = {
    {"loss", "Loss", TaskSet::any, draw_loss_panel, {165, 100}},
    {"expert-load", "Expert load", TaskSet::any, draw_expert_load_panel, kWantsAsMost},
    {"layer-load", "Load of all layers", TaskSet::any, draw_layer_load_panel, {260, 110}},
    {"routing", "Routing", TaskSet::any, draw_routing_panel, {200, 100}},
    {"health", "Router health", TaskSet::any, draw_health_panel, {240, 130}},
    {"projection", "Projection", TaskSet::any, draw_projection_panel, {220, 120}},
    {"specialization", "Specialization", TaskSet::any, draw_specialization_panel, {260, 160}},
    {"co-activation", "Co-activation", TaskSet::any, draw_co_activation_panel, kWantsAsMost},
    {"expert", "Expert", TaskSet::any, draw_expert_panel, {260, 190}},
    {"gradients", "Gradients", TaskSet::any, draw_gradient_panel, kWantsAsMost},
    {"flow", "Layer flow", TaskSet::any, draw_flow_panel, {260, 150}},
    {"tokens", "Tokens", TaskSet::text, draw_token_panel, {200, 90}},
    {"strips", "Layers of a passage", TaskSet::text, draw_strips_panel, {260, 150}},
    {"inspector", "Token", TaskSet::text, draw_inspector_panel, {260, 150}},
    {"generation", "Generation", TaskSet::text, draw_generation_panel, {200, 96}},
    {"accuracy", "Accuracy", TaskSet::points, draw_accuracy_panel, {165, 100}},
    {"plane", "Plane", TaskSet::points, draw_plane_panel, {220, 150}},
    {"confusion", "Confusion", TaskSet::points, draw_confusion_panel, kWantsAsMost},
    {"rank-times", "Time of each rank", TaskSet::any, draw_rank_times_panel, kWantsAsMost, false, true},
    {"rank-course", "Waiting and speed", TaskSet::any, draw_rank_course_panel, kWantsAsMost, false, true},
    {"rank-balance", "Cost of imbalance", TaskSet::any, draw_rank_balance_panel, kWantsAsMost, false, true},
    {"rank-tokens", "Tokens between ranks", TaskSet::any, draw_rank_tokens_panel, {240, 130}, false, true},
    {"ablation", "Ablation", TaskSet::any, draw_ablation_panel, {290, 165}, false, false, true},
    {"steering", "Steering sweep", TaskSet::any, draw_steering_panel, {290, 165}, false, false, true},
    {"zoo", "Router zoo", TaskSet::any, draw_zoo_panel, {290, 165}, false, false, true},
    {"routes", "Reference routes", TaskSet::any, draw_reference_panel, {290, 165}, false, false, true},
    {"prune", "Prune and merge bench", TaskSet::any, draw_prune_panel, {290, 165}, false, false, true},
    {"route-diff", "Route diff", TaskSet::any, draw_route_diff_panel, {290, 165}, false, false, true},
    {"checkpoint", "Checkpoint", TaskSet::any, draw_checkpoint_panel, {220, 180}, false, false, true, true},
    {"gate-norms", "Router rows", TaskSet::any, draw_gate_norms_panel, {240, 90}, false, false, true, true},
    {"gate-cosines", "Router geometry", TaskSet::any, draw_gate_cosines_panel, {240, 130}, false, false, true, true},
    {"gate-rank", "Effective rank", TaskSet::any, draw_gate_rank_panel, {240, 80}, false, false, true, true},
    {"expert-norms", "Expert norms", TaskSet::any, draw_expert_norms_panel, {240, 110}, false, false, true, true},
    {"expert-cosines", "Expert cosines", TaskSet::any, draw_expert_cosines_panel, {240, 140}, false, false, true, true},
    {"expert-spectrum", "Singular values", TaskSet::any, draw_expert_spectrum_panel, {220, 120}, false, false, true,
     true},
    {"compared", "Runs compared", TaskSet::any, draw_compared_panel, {260, 140}, true},
    {"compared-loss", "Losses compared", TaskSet::any, draw_compared_loss_panel, {240, 110}, true},
    {"difference", "Difference", TaskSet::any, draw_difference_panel, {220, 90}, true},
    {"side-by-side", "Side by side", TaskSet::any, draw_side_by_side_panel, {260, 150}, true},
    {"run-table", "Runs", TaskSet::any, draw_runs_panel, {320, 190}, true},
    {"run-losses", "Validation losses", TaskSet::any, draw_run_losses_panel, kWantsAsMost, true},
    // Over the timeline, while somebody wants it; along the bottom of every workspace.
    {"events", "Events", TaskSet::any, draw_events_panel, kWantsAsMost},
    {"timeline", "Timeline", TaskSet::any, draw_timeline_panel, kWantsAsMost},
};

}  // namespace

std::span<const PanelSpec> panel_table() { return kTable; }

const PanelSpec* find_panel(std::string_view id) {
  for (const PanelSpec& panel : kTable)
    if (panel.id == id) return &panel;
  return nullptr;
}

void draw_panel(const PanelSpec& panel, const PanelInput& in, UiState& ui, Commands& out) {
  PanelInput named = in;
  named.panel = {panel.id, panel.title};
  panel.draw(named, ui, out);
}

bool suits(const PanelSpec& panel, bool learns_points) {
  return panel.tasks == TaskSet::any || (panel.tasks == TaskSet::points) == learns_points;
}

}  // namespace switchyard::app
