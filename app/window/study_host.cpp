#include "app/window/study_host.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <limits>
#include <system_error>
#include <utility>

#include "core/base/caught.h"
#include "core/base/printable.h"
#include "core/study/study_results.h"

namespace switchyard::app {
namespace {

constexpr int kYields = 10;
constexpr const char* kLog = "compare.log";
constexpr double kForever = std::numeric_limits<double>::infinity();

// Only what may be called between fork and exec.
[[noreturn]] void become(const char* program, const char* folder, int log, pid_t parent) {
  (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);
  (void)::nice(kYields);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execl(program, program, "compare", "--out", folder, static_cast<char*>(nullptr));
  ::_exit(127);
}

}  // namespace

Result<void> StudyHost::begin(const StudyPlan& plan, const std::filesystem::path& folder) {
  cancel();
  if (auto settled = settle_study(folder, plan); !settled) return settled;
  const std::filesystem::path log = folder / kLog;
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (file < 0)
    return failure(fmt::format("{}: {}", printable(log.native()), std::generic_category().message(errno)));
  const pid_t parent = ::getpid(), child = ::fork();
  if (child == 0) become(program_.c_str(), folder.c_str(), file, parent);
  const int why = errno;
  ::close(file);
  if (child < 0)
    return failure(fmt::format("a process for it cannot be started: {}", std::generic_category().message(why)));
  process_ = child;
  ended_with_ = 0;
  folder_ = folder;
  next_s_ = 0;
  return {};
}

void StudyHost::cancel() {
  if (process_ < 0) return;
  ::kill(process_, SIGTERM);
  // It writes what it has; whoever waits for that is not the window.
  process_ = -1;
  ended_with_ = 130;
}

void StudyHost::reap() {
  int status = 0;
  if (process_ < 0 || ::waitpid(process_, &status, WNOHANG) != process_) return;
  process_ = -1;
  ended_with_ = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  next_s_ = 0;
}

StudyShown StudyHost::read(const std::filesystem::path& folder) {
  StudyShown shown;
  const auto told = caught("the comparison", [&]() -> Result<void> {
    const auto plan = read_study(folder);
    if (!plan) return plan.error();
    const auto results = read_results(folder, *plan);
    if (!results) return results.error();
    shown.ended = results->ended();
    shown.planned = results->planned();
    shown.words = results->words;
    return {};
  });
  if (!told) shown.error = told.error().message;
  return shown;
}

void StudyHost::frame(StudyShown& shown, double now_s) {
  if (folder_.empty()) return;
  seen_s_ = now_s;
  reap();
  shown.folder = folder_.native();
  shown.runs = process_ >= 0;
  if (reading_.valid() && reading_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
    StudyShown read = reading_.get();
    shown.ended = read.ended, shown.planned = read.planned;
    shown.words = std::move(read.words), shown.error = std::move(read.error);
  }
  if (!shown.runs && ended_with_ != 0 && ended_with_ != 130 && shown.error.empty())
    shown.error = fmt::format("It ended with exit code {}; {} says why.", ended_with_, kLog);
  if (reading_.valid() || now_s < next_s_) return;
  next_s_ = shown.runs ? now_s + kEvery_s : kForever;
  (void)caught("the comparison", [&]() -> Result<void> {
    reading_ = std::async(std::launch::async, [folder = folder_, wake = wake_] {
      StudyShown read = StudyHost::read(folder);
      if (wake) wake();
      return read;
    });
    return {};
  });
}

double StudyHost::next_s() const {
  // The reader wakes the window a moment before what it has read is there.
  if (reading_.valid()) return seen_s_ + kEnding_s;
  return process_ < 0 ? kForever : next_s_;
}

}  // namespace switchyard::app
