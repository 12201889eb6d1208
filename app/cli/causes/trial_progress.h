// How far a row of trials is, in a terminal: a bar that is drawn over itself; elsewhere a line now and then. And
// whether it goes on: not once the process is asked to end (ends.h). Only informs. Thread safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/causes/trying.h"

namespace switchyard::app {

// "[####....]  50%  trial 82/164  12 s left"; width 0: without the bar.
std::string trial_line(std::int64_t done, std::int64_t planned, double seconds_left, int width);

using TrialLine = std::string (*)(std::int64_t done, std::int64_t planned, double seconds_left, int width);

class TrialProgress {
 public:
  // `line`: what is drawn, of what is not counted in trials.
  explicit TrialProgress(int descriptor, TrialLine line = trial_line);
  ~TrialProgress() { finish(); }
  TrialProgress(const TrialProgress&) = delete;
  TrialProgress& operator=(const TrialProgress&) = delete;

  // As Trials tells it. References this.
  TrialsTold told();
  // Ends the line that is being drawn over.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  bool update(std::int64_t done, std::int64_t planned);

  int descriptor_;
  TrialLine line_;
  bool terminal_, drawn_ = false;
  Clock::time_point start_, next_;
};

}  // namespace switchyard::app
