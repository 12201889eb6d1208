// One batch through every gate: in each MoE layer on the same hidden states, those that the model gives it, by the
// same logits. What a gate does in a layer is tried in that layer alone, so all layers before it are as they are.
//
//   overlap   mean share of a token's set that the trained gate chose too, 0 to 1
//   dropped   share of choices that training's capacity would drop, the look being one batch
//   regret    mean over tokens of (loss with the gate's set - least over all sets), weights by the trained gate;
//   it has one
//             where every token has top_k experts
//
// hash and random have no p and weigh evenly; the logits of a model that learned with another gate were never
// learned for this one: the zoo says how the gates differ, not which is the best to learn with. Thread safety:
// values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/causes/best_sets.h"
#include "core/causes/token_groups.h"
#include "core/causes/trying.h"

namespace switchyard {

struct ZooRow {
  Gate gate = Gate::softmax_renormalised;
  bool as_trained = false;         // the model as it is
  std::string refused;             // why it was not tried; the figures are missing then
  std::vector<std::int64_t> load;  // [N] choices
  double load_peak = kMissing;     // largest over mean, 1 to N
  double load_entropy = kMissing;  // H(load) / ln N
  double entropy = kMissing;       // mean over tokens of H(p) / ln N
  double dropped = kMissing;
  double overlap = kMissing;
  double loss = kMissing;  // of the model with this gate in this layer
  double regret = kMissing;
};

struct ZooLayer {
  std::int32_t block = 0, experts = 0;
  std::string no_regret;     // why there is none; empty: there is
  bool sampled = false;      // not all sets were tried: regrets are lower bounds
  std::vector<ZooRow> rows;  // the trained one first
};

struct ZooRequest {
  Gate trained = Gate::softmax_renormalised;
  double capacity_factor = 1.25;
  bool has_ids = true;  // hash goes by characters
  bool regret = true;   // takes a pass a token and layer
};

// usage, interrupted: as Trials. `inspect` may be empty without regret.
Result<std::vector<ZooLayer>> router_zoo(const ZooRequest& request, Trials& trials, const InspectToken& inspect);

}  // namespace switchyard
