#include "app/cli/studies/workers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "app/cli/studies/held_signal.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kLongestLine = 65536;

// Between fork and exec: calls that are safe after a signal alone.
[[noreturn]] void become_worker(char* const* arguments, int output, pid_t parent, const HeldSignal& held) {
  held.take_signal_anew();
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);  // it has ended already
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::execv("/proc/self/exe", arguments);  // whatever its file is called by now
  ::_exit(Workers::kNoProgram);
}

}  // namespace

Result<std::string> own_program() {
  std::error_code code;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", code);
  if (code) return failure(fmt::format("/proc/self/exe: {}", code.message()));
  return program.native();
}

Workers::~Workers() {
  ask_to_end();
  for (Worker& worker : workers_) {
    if (worker.output >= 0) ::close(worker.output);
    int status = 0;
    while (worker.process > 0 && ::waitpid(worker.process, &status, 0) < 0 && errno == EINTR) continue;
  }
}

Result<void> Workers::start(const std::vector<std::string>& arguments) {
  const auto program = own_program();
  if (!program) return program.error();
  std::vector<std::string> words{*program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  int ends[2] = {-1, -1};
  const auto failed = [&](const char* what) {
    const std::string reason = std::error_code(errno, std::generic_category()).message();
    for (const int end : ends)
      if (end >= 0) ::close(end);
    return failure(fmt::format("a further process cannot be started: {}: {}", what, reason));
  };
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed("pipe");
  pid_t process = -1;
  {
    const HeldSignal held;
    const pid_t parent = ::getpid();
    process = ::fork();
    if (process == 0) become_worker(pointers.data(), ends[1], parent, held);
    if (process < 0) return failed("fork");
  }
  ::close(ends[1]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  workers_.push_back({process, ends[0], {}});
  return {};
}

bool Workers::read_lines(Worker& worker, const std::function<void(std::string_view)>& on_line) {
  char bytes[4096];
  for (;;) {
    const ssize_t count = ::read(worker.output, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    worker.begun.append(bytes, static_cast<std::size_t>(count));
    std::size_t from = 0;
    for (std::size_t end; (end = worker.begun.find('\n', from)) != std::string::npos; from = end + 1)
      on_line(std::string_view(worker.begun).substr(from, end - from));
    worker.begun.erase(0, from);
    if (worker.begun.size() > kLongestLine) worker.begun.clear();
  }
}

void Workers::listen(int timeout_ms, const std::function<void(std::string_view)>& on_line) {
  std::vector<pollfd> asked;
  for (const Worker& worker : workers_)
    if (worker.output >= 0) asked.push_back({worker.output, POLLIN, 0});
  if (::poll(asked.data(), asked.size(), timeout_ms) <= 0) return;
  for (Worker& worker : workers_) {
    if (worker.output < 0 || read_lines(worker, on_line)) continue;
    ::close(worker.output);
    worker.output = -1;
  }
}

std::size_t Workers::running() const { return workers_.size(); }

void Workers::ask_to_end() {
  for (const Worker& worker : workers_)
    if (worker.process > 0) ::kill(worker.process, SIGTERM);
}

std::vector<Workers::End> Workers::take_ends() {
  std::vector<End> out;
  std::erase_if(workers_, [&](Worker& worker) {
    int status = 0;
    // Its last lines are heard first.
    if (worker.output >= 0 || ::waitpid(worker.process, &status, WNOHANG) != worker.process) return false;
    out.push_back({WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status) ? WTERMSIG(status) : 0});
    return true;
  });
  return out;
}

}  // namespace switchyard::app
