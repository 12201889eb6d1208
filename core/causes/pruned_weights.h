// A model's weights with fewer experts: each new expert is one of the old, or a mean of some of them. Thread
// safety: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"

namespace switchyard {

// Some old experts and their shares, which sum to 1.
using MergedExpert = std::vector<std::pair<std::int32_t, double>>;

struct LayerPruning {
  std::int32_t block = 0;
  std::vector<MergedExpert> experts;  // the new ones, in their order
};

// By the names they are exported under: experts.N.… of each block, and the rows of its gate and noise. All layers
// keep as many. usage: a router that layers share, whose rows are one for all of them; an expert that there is
// not.
Result<std::vector<NamedTensor>> with_fewer_experts(const std::vector<NamedTensor>& weights,
                                                    const std::vector<LayerPruning>& layers);

// [N, N] cosine of the weights of a block's experts, all tensors of an expert as one vector, units in place.
std::vector<double> expert_similarity(const std::vector<NamedTensor>& weights, std::int32_t block,
                                      std::int32_t experts);

}  // namespace switchyard
