// The figures of a rank, and their mean over several steps.
//
// Thread safety: pure.
#pragma once

#include <vector>

#include "core/base/records.h"

namespace switchyard {

// The figures of a rank that are one number.
inline constexpr float RankRecord::*kRankFigures[] = {&RankRecord::compute_ms, &RankRecord::exchange_ms,
                                                      &RankRecord::sum_ms, &RankRecord::exchange_mb};

// Weighted by the steps each stands for, into the first; where there are other ranks, or experts are shared out
// otherwise, the second.
void take_mean(std::vector<RankRecord>& into, double weight, const std::vector<RankRecord>& other,
               double other_weight);

}  // namespace switchyard
