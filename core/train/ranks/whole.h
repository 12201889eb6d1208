// Parameters that ranks hold in parts, whole. Collective among those that share them out. Thread safety: the
// trainer's thread.
#pragma once

#include "core/model/base/parameter.h"
#include "core/model/ranks/rank_group.h"

namespace switchyard {

// `part` has the parameter's shape -> the whole, [all_experts, ...]: at every rank, or at rank 0 of `ranks` alone,
// undefined elsewhere. A parameter that is whole here is what it is.
at::Tensor whole(const Parameter& parameter, const at::Tensor& part, RankGroup* ranks);
at::Tensor whole_at_first(const Parameter& parameter, const at::Tensor& part, RankGroup* ranks);

}  // namespace switchyard
