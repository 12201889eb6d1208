// How a run is asked from outside to end, or to save: signals, as values. The same for the window and without one.
//
//   asks for the end   HUP INT QUIT TERM XCPU USR2, and every other signal that would end the process without a
//   word asks for a save    USR1: the weights are written and training goes on ignored            PIPE, XFSZ,
//   TTOU: the write fails, as on a full disk, and is dealt with there
//
// A request for the end may come as often as it likes: it is one request until the weights are on disk. Only a
// second INT, at least kForce_s after the first, ends the process at once. What was inherited as ignored stays so,
// as nohup's users expect; of INT and QUIT, which a shell ignores for its background jobs, only the terminal's
// keys: a kill(1) of this very process is obeyed.
//
// The handlers are async-signal-safe: they set atomics and write to an eventfd. Thread safety: as said.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "core/base/result.h"

namespace switchyard::app {

// From here on a write that fails is an error of that write, and a process that was started can be waited for,
// whatever was inherited. Once, first thing.
void settle_signals();

// The signals are taken as above while one lives; those within another change nothing. The outermost belongs to a
// thread that starts others after it: they inherit what it unblocks.
class EndSignals {
 public:
  static constexpr double kForce_s = 0.5;

  EndSignals();
  ~EndSignals();
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

  // Any thread.
  static bool asked_to_end();
  // Whether a save was asked for since the last call.
  static bool take_save();
  // The first request as an error: "interrupted by SIGTERM".
  static Error request();
};

// Calls `told` on a thread of its own after each signal: what sleeps can be woken there. One at a time, within the
// life of an EndSignals.
class EndWatch {
 public:
  explicit EndWatch(std::function<void()> told);
  ~EndWatch();  // waits for a call under way
  EndWatch(const EndWatch&) = delete;
  EndWatch& operator=(const EndWatch&) = delete;

 private:
  std::function<void()> told_;
  std::atomic<bool> ends_ = false;
  std::thread thread_;  // the last member: it uses the others
};

}  // namespace switchyard::app
