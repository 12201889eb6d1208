// What each gate has and lacks, and each task: the one place that decides which losses, knobs and figures mean something
// for a configuration. The window greys what does not, files leave it empty, a loss without meaning is an error.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "core/config/config.h"

namespace switchyard {

struct GateTraits {
  bool probabilities;  // a distribution over experts for each token: P, entropies
  bool logits;         // [T, N] logits that noise acts on and the z-loss sees
  bool balance;        // balance losses: a token chooses, by probabilities that learn
  bool choices;        // whole assignments of tokens to experts, so counts and drops
  bool top_k;          // every token has k of them
  bool correction;     // selection bias and groups of experts
};
GateTraits traits(Gate gate);

// Why a loss has no meaning for this configuration, for a sentence: "gate = hash has no logits". Empty: it has.
std::string why_no_loss(AuxLoss loss, const Config& config);

// Why a knob does nothing in this configuration: "overflow = dropless". Empty: it acts.
std::string why_idle(std::string_view key, const Config& config);

// The knob that holds a loss' coefficient.
std::string coefficient_key(AuxLoss loss);

// The same configuration with the coefficients of losses that have no meaning for it at 0.
Config without_idle_losses(const Config& config);

}  // namespace switchyard
