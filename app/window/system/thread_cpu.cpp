#include "app/window/system/thread_cpu.h"

#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>

namespace switchyard::app {
namespace {

constexpr double kLookupSeconds = 3;

double seconds_of(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return -1;
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Linux encodes a thread's CPU clock in its id (include/linux/posix-timers_types.h): nanoseconds, where
// /proc would give hundredths of a second.
clockid_t cpu_clock_of(pid_t thread) { return static_cast<clockid_t>((~static_cast<unsigned>(thread) << 3) | 6U); }

std::vector<pid_t> llvmpipe_threads() {
  std::vector<pid_t> found;
  std::error_code error;
  // Threads end while they are listed: stepping on may fail, and must not throw.
  for (std::filesystem::directory_iterator at("/proc/self/task", error), end; !error && at != end; at.increment(error)) {
    const auto& entry = *at;
    std::ifstream file(entry.path() / "comm");
    std::string name;
    if (!std::getline(file, name) || !name.starts_with("llvmpipe")) continue;
    const std::string id = entry.path().filename().string();
    pid_t thread = 0;
    if (std::from_chars(id.data(), id.data() + id.size(), thread).ec == std::errc()) found.push_back(thread);
  }
  return found;
}

}  // namespace

double DrawingCpu::seconds(double now_s) {
  if (now_s - looked_up_s_ > kLookupSeconds) {
    looked_up_s_ = now_s;
    for (const pid_t thread : llvmpipe_threads()) {
      const bool known =
          std::any_of(workers_.begin(), workers_.end(), [&](const Worker& w) { return w.thread == thread; });
      if (!known) workers_.push_back({thread, std::max(0.0, seconds_of(cpu_clock_of(thread)))});
    }
  }
  double total = seconds_of(CLOCK_THREAD_CPUTIME_ID);
  for (const Worker& worker : workers_)
    total += std::max(0.0, seconds_of(cpu_clock_of(worker.thread)) - worker.first_s);
  return total;
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  if (!(file >> total >> resident)) return 0;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace switchyard::app
