// One pool of threads: OpenMP's, shared by torch and BLAS where BLAS is built on it. Where it is not,
// the two would fight, so torch gets one thread and BLAS all.
// Thread safety: called on the trainer's thread, whose pool it sets.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/records.h"
#include "core/model/torch.h"

namespace switchyard {

// 0: one for each physical core this process may run on. Returns the number now in force.
std::int32_t set_threads(std::int64_t wanted);

// What the engine is and runs on.
EngineInfo engine_info(std::int32_t threads, const at::Device& device);

// "OpenBLAS SkylakeX, OpenMP" or "BLAS" where the library does not tell.
std::string blas_description();

}  // namespace switchyard
