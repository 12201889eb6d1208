#include "core/train/memory.h"

#include <fmt/format.h>

#include <fstream>
#include <string>

#include "core/config/cost.h"

namespace switchyard {

double available_memory_bytes() {
  std::ifstream file("/proc/meminfo");
  std::string key, unit;
  for (double kib = 0; file >> key >> kib; std::getline(file, unit))
    if (key == "MemAvailable:") return kib * 1024;
  return 0;
}

Result<void> check_memory(const Config& config, std::int64_t vocabulary, double freed_bytes) {
  const double needed = model_cost(config, vocabulary).training_bytes;
  const double free = available_memory_bytes();
  if (free <= 0 || needed <= 0.7 * (free + freed_bytes)) return {};
  constexpr double gib = 1024.0 * 1024.0 * 1024.0;
  return usage_error(fmt::format(
      "this model needs about {:.1f} GiB to train, allowed is 70 % of the {:.1f} GiB that are free: lower experts, d_model, "
      "d_ff, layers, context or batch_size",
      needed / gib, (free + freed_bytes) / gib));
}

}  // namespace switchyard
