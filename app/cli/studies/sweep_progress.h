// How far a sweep is, in a terminal, whichever processes learn its runs: a line that is drawn over itself, or
// plain lines now and then where the output is a file or a pipe. Only informs (app/cli/console/console.h).
//
// Thread safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "core/base/records.h"

namespace switchyard::app {

struct SweepProgressState {
  std::size_t rung = 0, rungs = 1;   // of halving, from 0
  std::int64_t ended = 0, runs = 0;  // of this rung
  std::int64_t at_work = 0;          // runs of this rung, in any of our processes
  double done = 0;                   // share of all steps of all rungs
  std::string name;                  // the run that was heard of last
  double loss = kMissing;            // its, nats a token; missing: not shown
  double seconds_left = kMissing;
};
// "[###.....]  34%  rung 1/3  12 of 27 runs, 2 at work  top_k-1-seed-2 loss 1.873  4 m 20 s left"
std::string sweep_line(const SweepProgressState& state, int width);

class SweepProgress {
 public:
  // steps: of all runs of all rungs together.
  SweepProgress(int descriptor, std::int64_t steps, std::size_t rungs);
  // before: the steps that its runs have behind them from earlier rungs; ended: runs that need nothing more.
  void begin_rung(std::size_t rung, std::int64_t runs, std::int64_t ended, std::int64_t before,
                  std::int64_t steps);
  void step(const std::string& run, std::int64_t step, double loss);
  void end(const std::string& run);
  // Ends the line that is being drawn over, so that other text can follow.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void draw();

  int descriptor_;
  bool terminal_;
  SweepProgressState state_;
  std::int64_t all_;               // steps in all
  std::int64_t rungs_before_ = 0;  // steps of rungs that are over
  std::int64_t before_ = 0, steps_ = 0;
  std::map<std::string, std::int64_t> at_;  // of the runs at work: their step
  std::int64_t made_ = 0;                   // steps that were made since it began
  Clock::time_point began_ = Clock::now(), next_draw_ = {};
  bool drawn_ = false;
};

}  // namespace switchyard::app
