// What a model tells other ranks while it computes, as differentiable functions. L is the mean over all ranks of
// what each of them calls backward on; every function's gradient is that of this L, times the number of ranks.
// Collective, forward and backward; see rank_group.h. Thread safety: as the group.
#pragma once

#include <vector>

#include "core/model/ranks/rank_group.h"

namespace switchyard {

// RankGroup::exchanged; its gradient travels back.
at::Tensor exchanged(const at::Tensor& rows, const std::vector<std::int64_t>& sent,
                     const std::vector<std::int64_t>& received, RankGroup& ranks);

// The mean of the ranks' x, of which all make the same: its gradient is that of the mean at each.
at::Tensor mean_over(const at::Tensor& x, RankGroup& ranks);

// Where all ranks have the same x and each computes a part of what is made of it: x, whose gradient is the sum of
// the parts' ...
at::Tensor shared_out(const at::Tensor& x, RankGroup& ranks);
// ... and the sum of the parts, whose gradient is each part's.
at::Tensor put_together(const at::Tensor& part, RankGroup& ranks);

}  // namespace switchyard
