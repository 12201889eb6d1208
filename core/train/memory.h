// Whether a model fits before it is built. Thread safety: pure apart from reading /proc.
#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "core/config/config.h"

namespace switchyard {

// Bytes the system can still give without swapping; 0 if unknown.
double available_memory_bytes();

// usage, with both figures: the configuration's estimate exceeds 70 % of what is free plus what
// `freed_bytes` will give back.
Result<void> check_memory(const Config& config, std::int64_t vocabulary, double freed_bytes);

}  // namespace switchyard
