// The end of a window's run where the window's thread cannot see to it: the X server has died and Xlib is about to
// end the process, or a request to end (app/cli/console/ends.h) finds that thread stuck, in a frame or in a
// display that has stopped answering, or a bug kills it (app/window/ends/crash.h). The trainer's thread is well
// then: its runs are told to stop, their weights are waited for, what was saved is said, and the process ends.
//
// Thread safety: made and destroyed on the window's thread; seen_to() too.
#pragma once

#include <atomic>

#include "app/cli/console/ends.h"
#include "app/cli/console/saved.h"
#include "app/window/ends/crash.h"
#include "core/session/session.h"

namespace switchyard::app {

// What a window's trainer says of its weights at the end of a run that was to be recorded, or not.
Saved saved_by(const RunStatus& stopped, bool recorded);
// Stops every run of the lab and waits for their weights: why it ended, with what became of all of them.
Result<void> end_all(Lab& lab, const Result<void>& why, bool recorded);

class WindowEnd {
 public:
  // How long the window's thread may take to answer a request.
  static constexpr double kPatience_s = 5;

  // session: lives longer. wake: ends the sleep of the window's thread; any thread may call it.
  WindowEnd(Session& session, bool recorded, void (*wake)());
  ~WindowEnd();

  // The window's thread has left its loop and ends the session itself.
  void seen_to() { seen_to_ = true; }
  // The session has ended so. A display that does not answer can still hold up the window's own end: after
  // kPatience_s the process ends without it, if it was asked to end.
  void said(const Result<void>& ended) const;

 private:
  void told();
  Error save(const Error& why);
  [[noreturn]] void end_without_the_window(const Error& why);

  Session& session_;
  bool recorded_;
  void (*wake_)();
  std::atomic<bool> seen_to_ = false;
  EndWatch watch_;  // the last members: their threads use the others
  CrashGuard crash_;
};

}  // namespace switchyard::app
