#include "core/train/means/means.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/model/kernels/bf16.h"
#include "core/train/means/device.h"

namespace switchyard {
namespace {

bool names_cuda(DeviceChoice device) { return device != DeviceChoice::cpu && device != DeviceChoice::automatic; }

}  // namespace

Means means_here(const Config& config, std::int32_t processes) {
  Means means;
  means.threads = std::max(1, usable_cores() / processes);
  if (const auto device = device_of(DeviceChoice::automatic); device && device->is_cuda())
    means.device = DeviceChoice::cuda0;
  const DeviceChoice used = config.device == DeviceChoice::automatic ? means.device : config.device;
  if (names_cuda(used) || has_fast_bf16()) means.precision = Precision::bf16;
  return means;
}

Means means_of(const EngineInfo& saved, const Config& config, std::int32_t processes) {
  Means means = means_here(config, processes);
  if (saved.threads > 0) means.threads = std::min(means.threads, saved.threads);
  if (saved.device == "cpu") means.device = DeviceChoice::cpu;
  if (saved.auto_precision == "bf16") means.precision = Precision::bf16;
  if (saved.auto_precision == "fp32") means.precision = Precision::fp32;
  return means;
}

Result<Config> settled(const Config& config, const Means& means) {
  if (const auto device = device_of(config.device); !device) return device.error();
  Config whole = config;
  if (whole.threads == 0) whole.threads = means.threads;
  if (whole.device == DeviceChoice::automatic) whole.device = means.device;
  if (whole.precision == Precision::automatic) whole.precision = means.precision;
  return whole;
}

}  // namespace switchyard
