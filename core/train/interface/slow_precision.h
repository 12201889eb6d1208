// Where bf16 costs more than it gains. Thread safety: pure function.
#pragma once

#include <string>

#include "core/base/records.h"
#include "core/config/config.h"

namespace switchyard {

// A warning, where config asks for bf16 and a processor is to compute that does not multiply it by itself, which is what was
// measured as slower than fp32 (core/model/kernels/bf16.h); else, or where the processor is not known, empty.
std::string slow_precision(const Config& config, const EngineInfo& engine);

}  // namespace switchyard
