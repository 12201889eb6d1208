// What every rank but the first does: as it is told (orders.h), until it is told to leave.
// Thread safety: the trainer's thread.
#pragma once

#include "core/train/crew/rank_crew.h"

namespace switchyard {

// The exit code rank 0 ends with. failure: a rank is lost.
Result<int> follow(RankCrew& crew);

}  // namespace switchyard
