// What keeps a configuration from being trained by several processes. Thread safety: pure function.
#pragma once

#include <cstdint>
#include <vector>

#include "core/config/knobs.h"

namespace switchyard {

// `config` passes validate(). Empty: `ranks` processes can train it; of one process always.
std::vector<ConfigProblem> problems_of_ranks(const Config& config, std::int64_t ranks);

}  // namespace switchyard
