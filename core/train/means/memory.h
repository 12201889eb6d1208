// Whether a model fits before it is built. Thread safety: pure apart from asking the system.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/base/result.h"
#include "core/config/config.h"

namespace switchyard {

// A model that stands while another is built, and is freed after that.
struct StandingModel {
  double bytes = 0;  // the estimate of its training, and one state kept of it (core/train/interface/state.h)
  double state = 0;  // of those what stays until the other is whole: weights, moments, gradients, the state
  double built = 0;  // what building it takes: weights and moments
};
StandingModel standing(const Config& config, std::int64_t outputs);

// usage, with both figures and what sets the limit: training the configuration and keeping its state is estimated
// to take more than 70 % of what memory_room(root) has and `before` will give back, or building it beside `before`
// more than 90 % of what there is until then.
Result<void> check_memory(const Config& config, std::int64_t outputs, const StandingModel& before = {},
                          const std::filesystem::path& root = "/");

// usage: the process may not map what the model and the BLAS will; the BLAS would not say so but hang. Before the first
// model of a process.
Result<void> check_address_space(const Config& config, std::int64_t outputs);

}  // namespace switchyard
