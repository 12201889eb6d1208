// What each figure means: formula, value by chance, healthy range and source, for tooltips. One table, so
// that every panel says the same.
//
// Thread safety: the notes are constants; drawing belongs to the window thread.
#pragma once

#include <string_view>

#include "viz/base/theme.h"

namespace switchyard::app {

struct MetricNote {
  std::string_view name;
  std::string_view formula;
  std::string_view chance;  // what chance or a uniform router gives
  std::string_view healthy;
  std::string_view source;
  std::string_view what = {};  // in a plain sentence
};

namespace notes {
extern const MetricNote loss, utilisation, switch_loss, gshard_loss, importance_loss, load_loss, mse_prob_loss,
    mse_load_loss, sequence_loss, z_loss, token_entropy, load_entropy, max_violation, drops, effective_experts,
    decisiveness, churn, saturation, router_gradient, expert_gradient, regret, gate_gradients, tokens, projection,
    projection_of_points, projection_of_logits, projection_of_inputs, tsne, gate_arrows, generation,
    loss_of_points, accuracy, plane, confusion, specialization, co_activation, expert_card, expert_share,
    expert_loss, expert_norm, expert_alike, expert_partners, expert_tokens, expert_examples, token_matrix, nmi,
    nmi_first, ari, vocabulary, layer_flow, rank_times, rank_waiting, rank_balance, rank_tokens, ablation,
    steering, router_zoo, reference_routes, prune_bench, route_diff, checkpoint, gate_norms, gate_cosines,
    gate_rank, weight_norms, expert_cosines, singular_values;
}  // namespace notes

// Inside a tooltip: name, the live value (may be empty), then the rest in dim lines. `chance` replaces the
// note's own words where a figure is known.
void draw_note(const MetricNote& note, std::string_view live, const viz::Theme& theme, float scale,
               std::string_view chance = {});
// The same as a tooltip of its own.
void note_tooltip(const MetricNote& note, std::string_view live, const viz::Theme& theme, float scale,
                  std::string_view chance = {});

}  // namespace switchyard::app
