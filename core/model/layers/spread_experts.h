// Experts that ranks share out. In training each rank has tokens of its own, which travel to their experts and
// back, an all-to-all each way; in evaluation all ranks have the same tokens, and each computes what its own
// experts make of them. Collective over `ranks`. Thread safety: as the model.
#pragma once

#include "core/model/functions/experts.h"
#include "core/model/ranks/rank_group.h"
#include "core/model/routing/router.h"

namespace switchyard {

// x [T, d] of this rank, weights and plan as Experts::forward -> [T, d]. What needs not travel is computed in the
// same pass with what arrived. Bytes that travel: 4 d (forward there,
// back, and the same in backward: 4 times) for every kept assignment to an expert elsewhere, and 8 N for every
// rank.
at::Tensor experts_elsewhere(const at::Tensor& x, const at::Tensor& weights,
                             const c10::intrusive_ptr<DispatchPlan>& plan, const Experts& experts,
                             const ExpertPass& pass, RankGroup& ranks);

// rows [R, d] sorted by expert, those of e from offset[e] to offset[e + 1], each at places[r] among all rows of
// the step (what dropout goes by; empty without) -> [R, d]: what each row's expert makes of it.
at::Tensor rows_elsewhere(const at::Tensor& rows, const std::vector<std::int64_t>& offset,
                          const std::vector<std::int64_t>& places, const Experts& experts, const ExpertPass& pass,
                          RankGroup& ranks);

// The same x, weights and plan on all ranks -> [T, d].
at::Tensor experts_in_parts(const at::Tensor& x, const at::Tensor& weights, const DispatchPlan& plan,
                            const Experts& experts, const ExpertPass& pass, RankGroup& ranks);

// rows [N x each, d] on all ranks alike, `each` an expert -> [N x each, d].
at::Tensor runs_in_parts(const at::Tensor& rows, const Experts& experts, const ExpertPass& pass,
                         std::int64_t slots, RankGroup& ranks);

// Rank 0's scores stand for all, should another's arithmetic have made others of them: one token's experts are one
// set.
void agree_on(GateScores& scores, RankGroup& ranks);

}  // namespace switchyard
