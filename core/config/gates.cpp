#include "core/config/gates.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/config/knobs.h"

namespace switchyard {
namespace {

bool is_one_of(std::string_view key, std::initializer_list<std::string_view> keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::string setting(std::string_view key, const Config& config) {
  return fmt::format("{} = {}", key, shared_text(*find_knob(key), config));
}

}  // namespace

GateTraits traits(Gate gate) {
  static constexpr GateTraits table[] = {
      // probabilities, logits, balance, choices, top_k, correction
      {true, true, true, true, true, true},       // softmax_renormalised
      {true, true, true, true, true, true},       // softmax
      {true, true, true, true, true, true},       // sigmoid
      {true, true, true, true, true, false},      // sinkhorn
      {true, true, false, true, false, false},    // expert_choice
      {true, false, false, false, false, false},  // soft
      {false, false, false, true, true, false},   // hash
      {false, false, false, true, true, false},   // random
      {true, true, true, true, true, false},      // base
  };
  return table[static_cast<std::size_t>(gate)];
}

std::string coefficient_key(AuxLoss loss) {
  return loss == AuxLoss::switch_balance ? "aux_coef" : fmt::format("{}_coef", key_of(loss));
}

std::string why_no_loss(AuxLoss loss, const Config& config) {
  const GateTraits gate = traits(config.gate);
  if (!gate.logits) return fmt::format("{} has no router logits", setting("gate", config));
  if (loss == AuxLoss::z) return {};
  if (!gate.balance) return fmt::format("{} gives every expert the same number of tokens", setting("gate", config));
  if (loss == AuxLoss::load && config.noise_std == 0 && config.learned_noise != LearnedNoise::gaussian)
    return "it needs Gaussian noise: noise_std above 0 or learned_noise = gaussian";
  return {};
}

std::string why_idle(std::string_view key, const Config& config) {
  const GateTraits gate = traits(config.gate);
  // Asked of every knob in every frame: sentences are made only where they are wanted.
  const auto by_gate = [&] { return setting("gate", config); };
  const bool routes = config.ffn == Ffn::moe;
  const bool of_text = is_one_of(
      key, {"corpus", "vocabulary_limit", "heads", "context", "attention_bias", "tied_head", "val_batches"});
  const bool of_drawn = key.starts_with("cluster_");
  if (config.task == TaskKind::clusters ? of_text : of_drawn || key == "points") return setting("task", config);
  if (of_drawn && learns_from_file(config)) return setting("points", config);
  if (key == "norm" && !config.residual) return setting("residual", config);
  for (const AuxLoss loss : kAuxLosses)
    if (key.ends_with("_coef") && key == coefficient_key(loss)) return routes ? why_no_loss(loss, config) : setting("ffn", config);
  if (!routes && (find_knob(key)->group == KnobGroup::routing || find_knob(key)->group == KnobGroup::balance ||
                  is_one_of(key, {"moe_every", "shared_experts"})))
    return setting("ffn", config);
  if (key == "top_k" && !gate.top_k && gate.choices) return by_gate() + ": see capacity_factor";
  if (key == "top_k" && !gate.top_k) return by_gate() + ": it only says how many of a token's experts are shown";
  if (key == "route_scale" && config.gate != Gate::sigmoid) return by_gate();
  if (is_one_of(key, {"route_groups", "route_groups_kept", "bias_rate", "bias_rule"}) && !gate.correction) return by_gate();
  if (key == "bias_rule" && config.bias_rate == 0) return setting("bias_rate", config);
  if (key == "route_groups_kept" && config.route_groups == 1) return setting("route_groups", config);
  if (is_one_of(key, {"noise_std", "learned_noise", "jitter", "logit_dropout", "router_bias"}) && !gate.logits) return by_gate();
  if (key == "shared_router" && config.gate == Gate::soft) return by_gate();
  if (key == "slots" && config.gate != Gate::soft) return by_gate();
  if (key == "steer" && config.steered == "none") return setting("steered", config);
  if (is_one_of(key, {"steer", "steered"}) && !gate.logits) return by_gate();
  if (key == "muted" && config.gate == Gate::soft) return by_gate();
  if (key == "overflow" && !gate.top_k) return by_gate();
  if (is_one_of(key, {"capacity_factor", "eval_capacity_factor"}) && config.gate != Gate::expert_choice) {
    if (!gate.top_k) return by_gate();
    if (config.overflow == Overflow::dropless) return setting("overflow", config);
  }
  // The Switch loss is shown whether or not it is optimised, and over its scope.
  if (key == "balance_scope" && !gate.balance) return by_gate();
  return {};
}

Config without_idle_losses(const Config& config) {
  Config settled = config;
  for (const AuxLoss loss : kAuxLosses)
    if (!why_no_loss(loss, config).empty()) settled.*coefficient_of(loss) = 0;
  return settled;
}

}  // namespace switchyard
