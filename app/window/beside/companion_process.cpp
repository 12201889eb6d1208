#include "app/window/beside/companion_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <span>
#include <system_error>

#include "app/cli/studies/held_signal.h"
#include "core/base/input_file.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

constexpr int kYields = 10;
constexpr std::uint64_t kMostSaid = 600;  // bytes

// Only what may be called between fork and exec.
[[noreturn]] void become(char* const* words, int log, pid_t parent, Lifetime lifetime, const HeldSignal& held) {
  held.take_signal_anew();
  if (lifetime == Lifetime::its_own) {
    (void)::setsid();
  } else {
    (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
  }
  (void)::nice(kYields);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv(words[0], words);
  ::_exit(kNotStarted);
}

}  // namespace

Result<pid_t> start_process(const std::filesystem::path& program, std::vector<std::string> words,
                            const std::filesystem::path& log, Lifetime lifetime) {
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (file < 0)
    return failure(fmt::format("{}: {}", printable(log.native()), std::generic_category().message(errno)));
  words.insert(words.begin(), program.native());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = -1;
  int why = 0;
  {
    const HeldSignal held;
    const pid_t parent = ::getpid();
    child = ::fork();
    if (child == 0) become(arguments.data(), file, parent, lifetime, held);
    why = errno;
  }
  ::close(file);
  if (child < 0)
    return failure(fmt::format("a process for it cannot be started: {}", std::generic_category().message(why)));
  return child;
}

std::string last_said(const std::filesystem::path& log) {
  const auto file = InputFile::open(log);
  if (!file) return {};
  std::string text(static_cast<std::size_t>(std::min(file->size(), kMostSaid)), '\0');
  if (!file->read(file->size() - text.size(), std::as_writable_bytes(std::span(text)))) return {};
  // Whole lines alone, where there was more.
  if (file->size() > text.size()) text.erase(0, text.find('\n') + 1);
  return printable_lines(text);
}

std::string printable_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.empty()) out += (out.empty() ? "" : "\n") + printable(line);
  }
  return out;
}

std::optional<int> end_of(pid_t process) {
  int status = 0;
  const pid_t ended = ::waitpid(process, &status, WNOHANG);
  if (ended == 0) return std::nullopt;
  return ended > 0 ? status : W_EXITCODE(kUnknownEnd, 0);
}

std::string ended_how(int wait_status) {
  if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == kUnknownEnd) return "how it ended is not known";
  return WIFSIGNALED(wait_status) ? fmt::format("it was ended by signal {}", WTERMSIG(wait_status))
                                  : fmt::format("it ended with exit code {}", WEXITSTATUS(wait_status));
}

}  // namespace switchyard::app
