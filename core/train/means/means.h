// What `auto` and threads = 0 stand for, settled when a model is built: from what the machine has, never from how
// fast something went. A model keeps it, and its state holds it (EngineInfo), so that it goes on as it began.
// Thread safety: pure apart from asking the machine.
#pragma once

#include <cstdint>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/config/config.h"

namespace switchyard {

struct Means {
  std::int32_t threads = 1;
  DeviceChoice device = DeviceChoice::cpu;
  Precision precision = Precision::fp32;
};

// threads: usable_cores(). device: the first CUDA device, else the CPU. precision: bf16 on a CUDA device and on
// processors that multiply it fast, else fp32.
// `processes`: that share this machine, each with its part of the cores.
Means means_here(const Config& config, std::int32_t processes = 1);
// Those a state was made with, as far as they can be had here.
Means means_of(const EngineInfo& saved, const Config& config, std::int32_t processes = 1);

// The configuration with what it leaves open filled in. usage: it names a device that is not there.
Result<Config> settled(const Config& config, const Means& means);

}  // namespace switchyard
