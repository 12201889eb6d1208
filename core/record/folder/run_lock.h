// A run folder is held by one process at a time: by flock on run.lock in it, with the holder's process id inside
// for people, and behind it whether the run has ended for its holder. The system lets go of it when the process
// ends, however it ends, so that a lock is never left behind; the file is.
//
// Thread safety: an object belongs to one thread. Errors: usage, naming the folder and who holds it.
#pragma once

#include <filesystem>
#include <utility>

#include "core/base/result.h"

namespace switchyard {

inline constexpr const char* kLockFile = "run.lock";

class RunLock {
 public:
  RunLock() = default;
  ~RunLock();
  RunLock(RunLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  RunLock& operator=(RunLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  // usage: another process, or another part of this one, holds it; the folder cannot be written to.
  static Result<RunLock> take(const std::filesystem::path& folder);
  // Nobody takes it while this lives, and whoever asks hears that nobody holds it: for a change that records
  // nothing. Several may do so at once. usage: as take().
  static Result<RunLock> borrow(const std::filesystem::path& folder);
  bool is_held() const { return descriptor_ >= 0; }
  // Whoever holds it records it no more, for it has ended, and keeps it from others all the same; or does again. A
  // lock that was taken records.
  void record(bool records) const;

 private:
  static Result<RunLock> lock(const std::filesystem::path& folder, int how);

  int descriptor_ = -1;
};

// Whether somebody holds the folder at this moment.
bool is_run_held(const std::filesystem::path& folder);
// Whether somebody holds it who records in it.
bool is_run_recorded(const std::filesystem::path& folder);

}  // namespace switchyard
