#include "core/record/folder/run_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

namespace switchyard {
namespace {

// Somebody who only asks whether it is held holds it for a moment.
constexpr int kLockTries = 10;
constexpr std::chrono::milliseconds kBetween(5);
// Behind the process id, where the run has ended for its holder.
constexpr std::string_view kEnded = "ended\n";

// The process id in it, for people; empty where there is none.
std::string holder(int descriptor) {
  std::array<char, 32> bytes{};
  const ssize_t got = ::pread(descriptor, bytes.data(), bytes.size(), 0);
  long pid = 0;
  const auto [end, code] = std::from_chars(bytes.data(), bytes.data() + std::max<ssize_t>(got, 0), pid);
  return code == std::errc() && pid > 0 ? fmt::format("process {}", pid) : "another process";
}

}  // namespace

RunLock::~RunLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<RunLock> RunLock::lock(const std::filesystem::path& folder, int how) {
  const std::filesystem::path path = folder / kLockFile;
  RunLock lock;
  lock.descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0644);
  if (lock.descriptor_ < 0)
    return usage_error(fmt::format("{}: cannot hold the run: {}", path.native(),
                                   std::error_code(errno, std::generic_category()).message()));
  for (int tried = 1; ::flock(lock.descriptor_, how | LOCK_NB) != 0; ++tried) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK)
      return usage_error(fmt::format("{}: cannot hold the run: {}", path.native(),
                                     std::error_code(errno, std::generic_category()).message()));
    if (tried >= kLockTries)
      return usage_error(fmt::format("{}: the run is held by {}; two cannot record into one folder",
                                     folder.native(), holder(lock.descriptor_)));
    std::this_thread::sleep_for(kBetween);
  }
  return lock;
}

Result<RunLock> RunLock::borrow(const std::filesystem::path& folder) { return lock(folder, LOCK_SH); }

Result<RunLock> RunLock::take(const std::filesystem::path& folder) {
  auto taken = lock(folder, LOCK_EX);
  if (!taken) return taken;
  taken->record(true);
  return taken;
}

void RunLock::record(bool records) const {
  // Only for people: who cannot write it holds the run none the less.
  const std::string text = fmt::format("{}\n{}", ::getpid(), records ? std::string_view() : kEnded);
  // Never empty in between: that would say that it is recorded.
  if (::pwrite(descriptor_, text.data(), text.size(), 0) < 0 ||
      ::ftruncate(descriptor_, static_cast<off_t>(text.size())) != 0)
    errno = 0;
}

bool is_run_held(const std::filesystem::path& folder) {
  const int descriptor = ::open((folder / kLockFile).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return false;
  const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return held;
}

bool is_run_recorded(const std::filesystem::path& folder) {
  if (!is_run_held(folder)) return false;
  const int descriptor = ::open((folder / kLockFile).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return false;
  std::array<char, 64> bytes{};
  const ssize_t got = ::pread(descriptor, bytes.data(), bytes.size(), 0);
  ::close(descriptor);
  return !std::string_view(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))).ends_with(kEnded);
}

}  // namespace switchyard
