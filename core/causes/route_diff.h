// Two models' routes on the same look, held against each other: two checkpoints of a run, two precisions, two
// runs.
//
// A token's set in a layer has changed where it is not the same experts, whatever their order and weights, before
// capacity. A against itself is 0 everywhere. Experts of two runs have their numbers by chance: `matched` counts
// again with B's experts renamed one to one as they share most tokens with A's, the best pair first. Thread
// safety: pure function.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "core/causes/token_groups.h"

namespace switchyard {

struct LayerRouteDiff {
  std::int32_t block = 0;
  std::int32_t experts = 0;
  double changed = kMissing;             // share of tokens whose set is another, 0 to 1
  double first_changed = kMissing;       // whose best expert is another
  double kept_share = kMissing;          // mean |A and B| / |A| of a token's sets
  double matched = kMissing;             // `changed` with B's experts renamed
  std::vector<double> changed_by_group;  // of RouteDiff::groups
  std::vector<std::int32_t> renamed;     // [N] B's expert e is called renamed[e]
};

struct RouteDiff {
  TokenGroups groups;  // of A; characters are not among them
  std::int64_t tokens = 0;
  double loss_a = kMissing, loss_b = kMissing;
  std::vector<LayerRouteDiff> layers;
};

// usage: other tokens or points, another number of MoE layers or of experts.
Result<RouteDiff> route_diff(const Trial& a, const Trial& b);

}  // namespace switchyard
