// How far a study is, in a terminal: which of its runs learns, how long all of them still take. A line that is
// drawn over itself, or plain lines now and then where the output is a file or a pipe. Only informs
// (app/cli/console/console.h).
//
// Thread safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/base/records.h"

namespace switchyard::app {

struct StudyProgressState {
  std::int64_t run = 0, runs = 0;  // counted from 1
  std::string name;                // "B, seed 2"
  std::int64_t step = 0, steps = 0;
  double loss = kMissing;          // nats a token; missing: not shown
  double seconds_left = kMissing;  // of all runs
};
// "[###.....]  34%  run 6/15  B, seed 2  step 310/1000  loss 1.873  4 m 20 s left"
std::string study_line(const StudyProgressState& state, int width);

class StudyProgress {
 public:
  StudyProgress(int descriptor, std::int64_t runs, std::int64_t steps);
  // Run number `run`, which stands at this step; those before it are over.
  void begin_run(std::int64_t run, std::string name, std::int64_t step = 0);
  void update(const StepRecord& record);
  // Ends the line that is being drawn over, so that other text can follow.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  int descriptor_;
  bool terminal_;
  StudyProgressState state_;
  std::int64_t learned_ = 0, from_ = 0;  // steps that this process made: in earlier runs; where this one began
  Clock::time_point began_ = Clock::now();
  Clock::time_point next_draw_ = {};
  bool drawn_ = false;
};

}  // namespace switchyard::app
