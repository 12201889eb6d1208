#include "core/train/means/device.h"

#include <fmt/format.h>
#include <torch/cuda.h>

namespace switchyard {

Result<at::Device> device_of(DeviceChoice choice) {
  if (choice == DeviceChoice::cpu) return at::Device(at::kCPU);
  const auto found = static_cast<std::int64_t>(torch::cuda::device_count());
  if (choice == DeviceChoice::automatic) return found > 0 ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
  const std::int64_t wanted = static_cast<std::int64_t>(choice) - static_cast<std::int64_t>(DeviceChoice::cuda0);
  if (wanted < found) return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(wanted));
  return usage_error(found == 0 ? fmt::format("device = cuda:{}: LibTorch finds no CUDA device here, allowed is auto or cpu", wanted)
                                : fmt::format("device = cuda:{}: allowed is auto, cpu, and cuda:0 to cuda:{}", wanted, found - 1));
}

}  // namespace switchyard
