// Learning rate of a step: linear warm-up, then a cosine down to the minimum, where it stays.
// Thread safety: pure function.
#pragma once

#include <cstdint>

#include "core/config/config.h"

namespace switchyard {

// `step` counts from 1: the rate used by the step-th optimizer step. min_lr above the peak acts as the peak.
double learning_rate_at(const Config& config, std::int64_t step);

}  // namespace switchyard
