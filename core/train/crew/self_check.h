// Whether the ranks that are here do what one process does: the rows of equality.h in every layout they can have,
// each against one process. Rank 0, the others obeying. Thread safety: the trainer's thread.
#pragma once

#include <functional>

#include "core/train/interface/ranks.h"
#include "core/train/crew/rank_crew.h"

namespace switchyard {

// `told`: each row as it is done; false ends it early, as interrupted. Errors: a rank is lost.
Result<void> self_check(RankCrew& crew, const std::function<bool(const CheckedRow&)>& told);

}  // namespace switchyard
