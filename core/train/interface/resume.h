// What keeps a run from going on to the bit. Thread safety: pure functions.
#pragma once

#include <string>

#include "core/base/records.h"

namespace switchyard {

// One line, "goes on, not bit for bit: 2 threads → 1, OpenBLAS SkylakeX → OpenBLAS Haswell"; empty where sums come
// out the same. `saved` is of the state, `now` of the trainer that took it. What the state does not tell is not
// compared.
std::string resume_difference(const EngineInfo& saved, const EngineInfo& now);

}  // namespace switchyard
