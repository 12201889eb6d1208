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
    {"loss", "Loss", TaskSet::any, draw_loss_panel},
    {"expert-load", "Expert load", TaskSet::any, draw_expert_load_panel},
    {"layer-load", "Load of all layers", TaskSet::any, draw_layer_load_panel},
    {"routing", "Routing", TaskSet::any, draw_routing_panel},
    {"health", "Router health", TaskSet::any, draw_health_panel},
    {"projection", "Projection", TaskSet::any, draw_projection_panel},
    {"specialization", "Specialization", TaskSet::any, draw_specialization_panel},
    {"co-activation", "Co-activation", TaskSet::any, draw_co_activation_panel},
    {"expert", "Expert", TaskSet::any, draw_expert_panel},
    {"gradients", "Gradients", TaskSet::any, draw_gradient_panel},
    {"flow", "Layer flow", TaskSet::any, draw_flow_panel},
    {"tokens", "Tokens", TaskSet::text, draw_token_panel},
    {"strips", "Layers of a passage", TaskSet::text, draw_strips_panel},
    {"inspector", "Token", TaskSet::text, draw_inspector_panel},
    {"generation", "Generation", TaskSet::text, draw_generation_panel},
    {"accuracy", "Accuracy", TaskSet::points, draw_accuracy_panel},
    {"plane", "Plane", TaskSet::points, draw_plane_panel},
    {"confusion", "Confusion", TaskSet::points, draw_confusion_panel},
    {"rank-times", "Time of each rank", TaskSet::any, draw_rank_times_panel, false, true},
    {"rank-course", "Waiting and speed", TaskSet::any, draw_rank_course_panel, false, true},
    {"rank-balance", "Cost of imbalance", TaskSet::any, draw_rank_balance_panel, false, true},
    {"rank-tokens", "Tokens between ranks", TaskSet::any, draw_rank_tokens_panel, false, true},
    {"ablation", "Ablation", TaskSet::any, draw_ablation_panel, false, false, true},
    {"steering", "Steering sweep", TaskSet::any, draw_steering_panel, false, false, true},
    {"zoo", "Router zoo", TaskSet::any, draw_zoo_panel, false, false, true},
    {"routes", "Reference routes", TaskSet::any, draw_reference_panel, false, false, true},
    {"prune", "Prune and merge bench", TaskSet::any, draw_prune_panel, false, false, true},
    {"route-diff", "Route diff", TaskSet::any, draw_route_diff_panel, false, false, true},
    {"checkpoint", "Checkpoint", TaskSet::any, draw_checkpoint_panel, false, false, true, true},
    {"gate-norms", "Router rows", TaskSet::any, draw_gate_norms_panel, false, false, true, true},
    {"gate-cosines", "Router geometry", TaskSet::any, draw_gate_cosines_panel, false, false, true, true},
    {"gate-rank", "Effective rank", TaskSet::any, draw_gate_rank_panel, false, false, true, true},
    {"expert-norms", "Expert norms", TaskSet::any, draw_expert_norms_panel, false, false, true, true},
    {"expert-cosines", "Expert cosines", TaskSet::any, draw_expert_cosines_panel, false, false, true, true},
    {"expert-spectrum", "Singular values", TaskSet::any, draw_expert_spectrum_panel, false, false, true, true},
    {"compared", "Runs compared", TaskSet::any, draw_compared_panel, true},
    {"compared-loss", "Losses compared", TaskSet::any, draw_compared_loss_panel, true},
    {"difference", "Difference", TaskSet::any, draw_difference_panel, true},
    {"side-by-side", "Side by side", TaskSet::any, draw_side_by_side_panel, true},
    {"run-table", "Runs", TaskSet::any, draw_runs_panel, true},
    {"run-losses", "Validation losses", TaskSet::any, draw_run_losses_panel, true},
    {"events", "Events", TaskSet::any, draw_events_panel},        // over the timeline, while somebody wants it
    {"timeline", "Timeline", TaskSet::any, draw_timeline_panel},  // along the bottom of every workspace
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
