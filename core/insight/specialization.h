// Specialization: which share of each label's tokens every expert is given.
//
//   share[D, i] = N_{i,D} / N_D     N_D tokens with label D, N_{i,D} those of them that i was chosen for
//   lift[D, i]  = share[D, i] / (c_i / T)
//
// References: mean experts a token / N if experts were drawn evenly whatever the label (k / N), and c_i / T, lift
// 1, if they were drawn as often as they are but whatever the label. Rows sum to k (first choice: 1). Definition
// as in OLMoE (2409.02060, section 5.3). Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "core/insight/assignments.h"

namespace switchyard {

struct Specialization {
  std::int32_t labels = 0, experts = 0;
  std::vector<std::int64_t> tokens;  // [labels] N_D
  std::vector<std::int64_t> counts;  // [labels, experts] N_{i,D}
  std::vector<double> share;         // [labels, experts] 0 to 1; NaN where the label has no tokens
  std::vector<double> lift;          // [labels, experts]; NaN where label or expert has none
  std::vector<double> overall;       // [experts] c_i / T
  double chance = kMissing;          // mean experts a token / N

  bool empty() const { return share.empty(); }
};

// Empty where nothing is chosen, there are no labels, or their number is not that of the tokens.
Specialization specialization(const Assignments& assignments, const Labels& labels);

}  // namespace switchyard
