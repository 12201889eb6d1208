// The last resort: a bug that kills the process (a fault, an abort of std::terminate, an assertion or a damaged
// heap) on a thread other than the one that is to be saved. What runs on the dying thread does nothing but ring
// and wait; a thread kept ready for it saves; then the process dies of what it died of, with its core and its exit
// code.
//
// Not for a run without a window: there the thread that dies is the one that trains, and nobody else has its
// model. Thread safety: made and destroyed on one thread, one at a time.
#pragma once

#include <pthread.h>

#include <atomic>
#include <functional>
#include <thread>

namespace switchyard::app {

class CrashGuard {
 public:
  // The dying thread waits no longer for the saving: the saved thread may be stuck by the same bug.
  static constexpr int kLongest_s = 30;

  // save(signal), on the thread kept ready. Threads other than `saved` are waited for it.
  CrashGuard(pthread_t saved, std::function<void(int)> save);
  ~CrashGuard();
  CrashGuard(const CrashGuard&) = delete;
  CrashGuard& operator=(const CrashGuard&) = delete;

 private:
  std::function<void(int)> save_;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

}  // namespace switchyard::app
