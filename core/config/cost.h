// What a configuration costs before it is built: parameters, FLOPs and memory, by arithmetic alone.
//
// Of a classifier of points the vocabulary is its classes, a token a point.
//
// Counted: embeddings, attention, norms, router (its noise weights as parameters, not as FLOPs), experts, head (a tied
// head once). FLOPs are 2 per
// multiply-add of every matrix product a token takes forward (attention scores over half the context);
// training is 3 times that. Thread safety: pure function.
#pragma once

#include <cstdint>

#include "core/config/config.h"
#include "core/config/shape.h"

namespace switchyard {

struct ModelCost {
  std::int64_t parameters = 0;         // all
  std::int64_t active_parameters = 0;  // those one token uses: k of N experts; soft: all
  double forward_flops_per_token = 0;
  double training_bytes = 0;  // an estimate: training_memory.h
};

ModelCost model_cost(const Config& config, std::int64_t vocabulary);

// The dense model of the same shape whose tokens cost as many FLOPs: d_ff set to the nearest width.
Config dense_equal(const Config& config, std::int64_t vocabulary);

}  // namespace switchyard
