// One pool of threads: OpenMP's, shared by our own loops, torch, and BLAS where that is built on it. A BLAS with a
// pool of its own would fight with it, and gets one thread: products are spread by us.
// Thread safety: called on the trainer's thread, whose pool it sets.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/records.h"
#include "core/model/base/torch.h"

namespace switchyard {

// 0: usable_cores() of core/base/limits.h. Returns the number now in force. Cheap where that is so already: a trainer calls
// it before whatever it computes, for others may share its thread.
std::int32_t set_threads(std::int64_t wanted);

// What the engine is and runs on.
EngineInfo engine_info(std::int32_t threads, const at::Device& device);

// "OpenBLAS SkylakeX, OpenMP" or "BLAS" where the library does not tell.
std::string blas_description();

}  // namespace switchyard
