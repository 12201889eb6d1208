// What a run spent besides training, told at its end: the pass ahead of its steps, tokens on their way between
// processes, processes that waited for each other. Thread safety: one thread.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/records.h"

namespace switchyard::app {

class RunCosts {
 public:
  void take(const StepRecord& record);
  // Lines; empty: there is nothing to tell.
  std::string text() const;

 private:
  std::int64_t steps_ = 0;  // by several processes
  double worked_ms_ = 0, ahead_ms_ = 0;
  double rank_step_ms_ = 0, even_ms_ = 0;  // sums over those steps
  double sent_mb_ = 0;                     // the same, of all processes
};

}  // namespace switchyard::app
