// Which device a configuration names. Thread safety: pure functions.
#pragma once

#include "core/base/result.h"
#include "core/config/config.h"
#include "core/model/base/torch.h"

namespace switchyard {

// auto: the first CUDA device where LibTorch and the machine have one, else the CPU. usage: there is no such device.
Result<at::Device> device_of(DeviceChoice choice);

}  // namespace switchyard
