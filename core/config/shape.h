// What shape a configuration gives a model, beyond its knobs. Thread safety: pure functions.
#pragma once

#include <cstdint>

#include "core/config/config.h"

namespace switchyard {

// Room of one expert: max(1, min(T, ceil(cf k T / N - 1e-6))).
std::int64_t expert_capacity(double capacity_factor, std::int64_t top_k, std::int64_t tokens, std::int64_t experts);

// Whether block b (from 0) holds an MoE layer: the last of every moe_every blocks.
bool is_moe_block(const Config& config, std::int64_t block);

}  // namespace switchyard
