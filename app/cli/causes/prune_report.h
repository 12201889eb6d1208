// `switchyard prune` as text and as JSON. Thread safety: pure functions.
#pragma once

#include <string>

#include "core/causes/prune_bench.h"

namespace switchyard::app {

std::string prune_text(const PruneBench& bench);
std::string prune_json(const PruneBench& bench);

}  // namespace switchyard::app
