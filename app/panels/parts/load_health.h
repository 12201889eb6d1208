// Whether an expert gets its share: its utilisation in the last step, and over a window long enough to call
// it dead or starving.
//
// Thread safety: window thread only. Reads, never writes.
#pragma once

#include <cstddef>
#include <vector>

#include "core/history/history.h"

namespace switchyard::app {

enum class LoadState { healthy, starving, dead };

struct ExpertLoad {
  double now = 0;                 // u = N f in the last step; 1 is fair
  double window_mean = kMissing;  // of u over the window; NaN where the history does not reach
  std::size_t window_steps = 0;
  double window_expected = 0;  // choices a fair expert had in the window
  LoadState state = LoadState::healthy;
};

// One entry an expert of the last record's layer; empty without one. The window is the shortest whole number
// of rows with 10 steps and 100 choices of a fair expert at least. Dead: none in that window; starving: a mean
// below 0.1. Neither is said before the window is full.
// record: of another step than the last, with what lies before it; null: the last.
std::vector<ExpertLoad> expert_loads(const History& history, std::size_t layer, const StepRecord* record = nullptr);
// u of each expert in one step alone: 0 where it had no tokens, empty of a layer that it has not.
std::vector<float> utilisation_in(const StepRecord& record, std::size_t layer);

}  // namespace switchyard::app
