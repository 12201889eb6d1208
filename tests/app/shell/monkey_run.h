// The other end of the window for a monkey: a run that computes nothing, takes every command the window sends and
// answers with news a real trainer could send, and some that only a sick one would: rebuilds, losses that are not
// a number, layers that get no token, a long silence, a failure, models without any MoE layer. All of it from a
// seed.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/session/meeting/link.h"

namespace switchyard::test {

class MonkeyRun {
 public:
  explicit MonkeyRun(std::uint64_t seed);

  // Why a command should never have been sent; empty: it may be.
  std::string complaint(const Command& command) const;
  void take(const Command& command);
  // What came since the last call; often nothing.
  Update news();

 private:
  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }
  void set_config(const SetConfig& wish);
  void rebuild(EventKind kind);
  StepRecord record();
  std::shared_ptr<const Snapshot> look();
  void inspect(const Inspect& wish);
  void misbehave();

  RandomStream random_;
  Config config_;
  RunStatus status_;
  Update next_;
  Watch watch_;
  Generate writing_;
  std::int64_t step_ = 0, steps_left_ = 0, written_ = 0;
  std::uint64_t looks_ = 0;
  int loading_ = 3, silent_ = 0;
};

}  // namespace switchyard::test
