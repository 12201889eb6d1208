#include "app/window/companion_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "app/cli/studies/held_signal.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

constexpr int kYields = 10;

// Only what may be called between fork and exec.
[[noreturn]] void become(char* const* words, int log, pid_t parent, const HeldSignal& held) {
  held.take_signal_anew();
  (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);
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
                            const std::filesystem::path& log) {
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
    if (child == 0) become(arguments.data(), file, parent, held);
    why = errno;
  }
  ::close(file);
  if (child < 0)
    return failure(fmt::format("a process for it cannot be started: {}", std::generic_category().message(why)));
  return child;
}

}  // namespace switchyard::app
