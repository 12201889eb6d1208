// What each rank did in a step, for its record. Collective. Thread safety: the trainer's thread.
#pragma once

#include <vector>

#include "core/base/records.h"
#include "core/model/ranks/mesh.h"

namespace switchyard {

// A step's traffic is what its mesh has noted. `worked_s`: how long this rank has been at the step, collectives
// included. The same at every rank; empty without ranks.
std::vector<RankRecord> rank_records(const Layout& layout, double worked_s);

}  // namespace switchyard
