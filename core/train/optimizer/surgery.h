// Changing the number of experts of a model that is learning. Adding clones the busiest expert (its
// load then counts as shared, so a second clone may take another) plus a little noise, optimizer state
// included; removing drops the highest ids. Thread safety: the trainer's thread, no gradients pending.
#pragma once

#include <cstdint>
#include <vector>

#include "core/model/base/model.h"
#include "core/train/optimizer/adamw.h"

namespace switchyard {

// Which old expert each of `experts` new ones comes from, given the old ones' loads. Exposed for tests.
std::vector<std::int64_t> surgery_plan(std::vector<double> loads, std::int64_t experts);

// `loads` [MoE layers][old N]; a layer without loads clones expert 0 first. Noise: 1 % of each
// parameter's standard deviation, on clones only; it follows from the seed, `step`, the parameter and the expert's
// number.
// ranks: those that share the experts out (collective); the noise and what is cloned are as if one had them all.
// All or nothing: what a failure (of memory) interrupts leaves the model as it was.
void resize_experts(Model& model, AdamW& optimizer, const std::vector<std::vector<double>>& loads,
                    std::int64_t experts, std::uint64_t seed, std::int64_t step, RankGroup* ranks = nullptr);

}  // namespace switchyard
