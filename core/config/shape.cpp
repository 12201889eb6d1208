#include "core/config/shape.h"

#include <algorithm>
#include <cmath>

namespace switchyard {

std::int64_t expert_capacity(double capacity_factor, std::int64_t top_k, std::int64_t tokens, std::int64_t experts) {
  const double fair = capacity_factor * static_cast<double>(top_k) * static_cast<double>(tokens) / static_cast<double>(experts);
  const double room = std::min(std::ceil(fair - 1e-6), static_cast<double>(tokens));
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(room));
}

bool is_moe_block(const Config& config, std::int64_t block) {
  return config.ffn == Ffn::moe && block % config.moe_every == config.moe_every - 1;
}

}  // namespace switchyard
