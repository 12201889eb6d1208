#include "core/train/optimizer/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace switchyard {

double learning_rate_at(const Config& config, std::int64_t step) {
  const double peak = config.learning_rate, floor = std::min(config.min_lr, peak);
  if (step <= config.warmup_steps) return peak * static_cast<double>(step) / static_cast<double>(config.warmup_steps);
  if (step >= config.schedule_steps) return floor;
  const double progress = static_cast<double>(step - config.warmup_steps) /
                          static_cast<double>(std::max<std::int64_t>(1, config.schedule_steps - config.warmup_steps));
  return floor + (peak - floor) * 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
}

}  // namespace switchyard
