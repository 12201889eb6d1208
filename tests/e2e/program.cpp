#include "tests/e2e/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace switchyard::test {
namespace {

// Only calls that are allowed between fork and exec.
[[noreturn]] void become(char* const* argv, const RunOptions& options, int out, int err) {
  if (!options.out_file.empty()) out = open(options.out_file.c_str(), O_WRONLY);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (options.file_limit > 0) {
    const rlimit limit{options.file_limit, options.file_limit};
    setrlimit(RLIMIT_FSIZE, &limit);
    signal(SIGXFSZ, SIG_IGN);  // so that the write fails as on a full disk instead of killing
  }
  execv(argv[0], argv);
  _exit(127);
}

}  // namespace

Outcome run_program(std::vector<std::string> arguments, const RunOptions& options) {
  arguments.insert(arguments.begin(), SWITCHYARD_PROGRAM);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<int, 2> out{}, err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  if (!options.display) unsetenv("DISPLAY"), unsetenv("WAYLAND_DISPLAY");
  // LibTorch and Mesa leave things behind; the engine library and the program both hold the core.
  setenv("ASAN_OPTIONS", "detect_leaks=0:detect_odr_violation=0", 1);

  const pid_t child = fork();
  if (child == 0) become(argv.data(), options, out[1], err[1]);
  if (child < 0) throw std::runtime_error("no fork");
  close(out[1]), close(err[1]);
  Outcome outcome;
  bool interrupted = options.interrupt_at.empty();
  std::array<pollfd, 2> ends{{{out[0], POLLIN, 0}, {err[0], POLLIN, 0}}};
  for (int open_ends = 2; open_ends > 0;) {
    poll(ends.data(), ends.size(), -1);
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      std::array<char, 4096> buffer{};
      const ssize_t got = read(ends[i].fd, buffer.data(), buffer.size());
      if (got > 0) {
        (i == 0 ? outcome.out : outcome.err).append(buffer.data(), static_cast<std::size_t>(got));
      } else {
        close(ends[i].fd);
        ends[i].fd = -1;
        --open_ends;
      }
    }
    if (!interrupted && outcome.err.find(options.interrupt_at) != std::string::npos) {
      kill(child, SIGINT);
      interrupted = true;
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

std::vector<std::string> tiny_model() {
  std::vector<std::string> arguments;
  for (const char* pair : {"layers=2", "d_model=16", "d_ff=16", "heads=2", "context=32", "batch_size=2",
                           "experts=4", "val_batches=1", "val_interval=4", "threads=1"})
    arguments.insert(arguments.end(), {"--set", pair});
  return arguments;
}

ScratchFolder::ScratchFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "switchyard-e2e-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no scratch folder");
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ScratchFolder::write(const std::string& name, const std::string& bytes) const {
  std::ofstream(path_ / name, std::ios::binary) << bytes;
  return (path_ / name).string();
}

std::string read_text(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace switchyard::test
