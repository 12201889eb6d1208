// Do tokens keep their experts as the model learns?
//
//   saturation = mean over tokens of |E_t and E_ref,t| / k      1: every route as it was (OLMoE, 2409.02060)
//   churn      = 1 - saturation
//   chance     = sum_i (c_i / T) (c_ref,i / T) / k              saturation of two looks that know nothing of each
//                                                               other; sum (c_i / T)^2 / k where loads are the
//                                                               same, k / N where they are even
//
// Reference: the look before, for churn; the last look of a run, for saturation. Both looks must be of the same
// tokens. NaN where nothing is chosen, tokens differ in how many experts they have, or k changed between the looks.
//
// Repetition: P(the same first choice at t and t + 1), never across sequences; chance: the sum of squared shares
// of first choices. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "core/insight/assignments.h"

namespace switchyard {

struct Stability {
  double saturation = kMissing, churn = kMissing, chance = kMissing;
};
Stability stability(const Assignments& now, const Assignments& reference);
// [layers]; empty where the two are not of the same tokens or layers.
std::vector<Stability> stability(const Snapshot& now, const Snapshot& reference);
// Whether two looks are at the same tokens or points; not where nobody says which tokens they are.
bool same_tokens(const Snapshot& a, const Snapshot& b);

struct Repetition {
  double share = kMissing, chance = kMissing;
  std::int64_t pairs = 0;  // of neighbours
};
// sequence_length as in ProbeTokens; below 2 there is none.
Repetition repetition(const Assignments& assignments, std::int32_t sequence_length);

}  // namespace switchyard
