// What the thread that trains sleeps on: rung by whoever has something for it, whichever of its runs it is for. A
// ring while nobody sleeps is not lost: the next wait ends at once.
//
// Thread safety: any thread rings, one waits.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace switchyard {

class Bell {
 public:
  void ring() {
    {
      const std::lock_guard lock(mutex_);
      rung_ = true;
    }
    rings_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    rings_.wait(lock, [this] { return std::exchange(rung_, false); });
  }
  // No longer than this.
  void wait(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    rings_.wait_for(lock, at_most, [this] { return std::exchange(rung_, false); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable rings_;
  bool rung_ = false;
};

}  // namespace switchyard
