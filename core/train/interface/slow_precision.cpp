#include "core/train/interface/slow_precision.h"

#include <fmt/format.h>

namespace switchyard {

std::string slow_precision(const Config& config, const EngineInfo& engine) {
  if (config.precision != Precision::bf16 || engine.device != "cpu" || engine.processor.empty()) return {};
  for (const char* unit : {"AMX", "BF16"})
    if (engine.processor.find(unit) != std::string::npos) return {};
  return fmt::format("precision = bf16: this processor ({}) multiplies it as fp32, after rounding: a little slower than fp32, and less exact",
                     engine.processor);
}

}  // namespace switchyard
