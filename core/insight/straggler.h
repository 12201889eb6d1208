// A rank that computes much longer than the others step after step, so that all wait for it: told when it begins,
// when it keeps up again and another is slow, and when it is over. It is never more than told of.
//
// Over stretches of kStragglerSteps steps: a straggler from 1.5 times the mean of the others on, none any more
// below 1.2. Thread safety: belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/records.h"

namespace switchyard {

inline constexpr std::int64_t kStragglerSteps = 20;

class StragglerWatch {
 public:
  // What there is to tell after this step, a sentence; empty: nothing. Steps in their order; of one process
  // nothing ever.
  std::string take(const StepRecord& record);

 private:
  std::string judge(std::int64_t last_step);

  std::vector<RankRecord> sums_;
  double wait_ms_ = 0;  // of the ranks but the slowest of each step, mean over them, summed
  double step_ms_ = 0;
  std::int64_t steps_ = 0, first_step_ = 0;  // of the stretch
  std::uint32_t model_id_ = 0;
  std::optional<std::size_t> told_;  // the straggler
};

}  // namespace switchyard
