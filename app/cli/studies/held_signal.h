// SIGTERM waits while one lives, around fork(): the handler it has in this process is not the new one's, which
// would swallow it before it has become the program it is to be. There, before exec, take_signal_anew().
//
// Thread safety: it is of the thread that made it.
#pragma once

#include <signal.h>

namespace switchyard::app {

class HeldSignal {
 public:
  HeldSignal() {
    sigset_t held;
    ::sigemptyset(&held);
    ::sigaddset(&held, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~HeldSignal() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignal(const HeldSignal&) = delete;
  HeldSignal& operator=(const HeldSignal&) = delete;

  // In the new process: it ends it from here on. Safe between fork and exec.
  void take_signal_anew() const {
    ::signal(SIGTERM, SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t before_{};
};

}  // namespace switchyard::app
