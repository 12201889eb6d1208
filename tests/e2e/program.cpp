#include "tests/e2e/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace switchyard::test {
namespace {

constexpr double kLongest_s = 180;  // what hangs is ended; what is slow on a busy machine is not
constexpr int kLook_ms = 5;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Only calls that are allowed between fork and exec.
[[noreturn]] void become(char* const* argv, const RunOptions& options, int out, int err) {
  if (options.terminal) {
    setsid();
    ioctl(out, TIOCSCTTY, 0);
    dup2(out, STDIN_FILENO);
  }
  if (!options.out_file.empty()) out = open(options.out_file.c_str(), O_WRONLY);
  if (!options.err_file.empty()) err = open(options.err_file.c_str(), O_WRONLY);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  for (const int descriptor : options.closed) close(descriptor);
  if (options.file_limit > 0) {
    const rlimit limit{options.file_limit, options.file_limit};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  // Signals as a shell at a terminal leaves them: nohup or a script's & above the tests must not decide what they
  // find.
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  for (const int number : options.ignored) signal(number, SIG_IGN);
  sigset_t mask;
  sigemptyset(&mask);
  for (const int number : options.blocked) sigaddset(&mask, number);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  execv(argv[0], argv);
  _exit(127);
}

}  // namespace

Program::Program(std::vector<std::string> arguments, RunOptions options) : deadline_s_(now_s() + kLongest_s) {
  arguments.insert(arguments.begin(), SWITCHYARD_PROGRAM);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<int, 2> out{-1, -1}, err{-1, -1};
  if (options.terminal) {
    if (openpty(&err[0], &err[1], nullptr, nullptr, nullptr) != 0) throw std::runtime_error("no terminal");
    for (const int descriptor : err) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    out[1] = dup(err[1]);
  } else if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  if (!options.display) unsetenv("DISPLAY"), unsetenv("WAYLAND_DISPLAY");
#if defined(__SANITIZE_ADDRESS__)
  // LibTorch and Mesa leave things behind; the engine library and the program both hold the core.
  setenv("ASAN_OPTIONS", "detect_leaks=0:detect_odr_violation=0", 1);
#endif

  child_ = fork();
  if (child_ == 0) become(argv.data(), options, out[1], err[1]);
  if (child_ < 0) throw std::runtime_error("no fork");
  close(out[1]), close(err[1]);
  out_ = out[0], err_ = err[0];
}

Program::~Program() {
  if (!reaped_) kill(child_, SIGKILL), waitpid(child_, nullptr, 0);
  stop_reading();
}

bool Program::read_some(int timeout_ms) {
  std::array<pollfd, 2> ends{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
  poll(ends.data(), ends.size(), timeout_ms);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (ends[i].fd < 0 || ends[i].revents == 0) continue;
    std::array<char, 4096> buffer{};
    const ssize_t got = ::read(ends[i].fd, buffer.data(), buffer.size());
    if (got > 0) {
      (i == 0 ? outcome_.out : outcome_.err).append(buffer.data(), static_cast<std::size_t>(got));
    } else {
      close(ends[i].fd);
      (i == 0 ? out_ : err_) = -1;
    }
  }
  return out_ >= 0 || err_ >= 0;
}

bool Program::ended() {
  if (!reaped_ && now_s() > deadline_s_) {
    ADD_FAILURE() << "the program did not end in time and was killed; it said: " << outcome_.err;
    kill(child_, SIGKILL);
    reaped_ = waitpid(child_, &status_, 0) == child_;
  }
  reaped_ = reaped_ || waitpid(child_, &status_, WNOHANG) == child_;
  return reaped_;
}

bool Program::wait_until(const std::function<bool()>& so) {
  while (!so()) {
    const bool over = ended();
    read_some(kLook_ms);
    if (over) return so();
  }
  return true;
}

bool Program::says(const std::string& text) {
  return wait_until([&] { return outcome_.err.find(text) != std::string::npos; });
}

void Program::send(int signal) const { kill(child_, signal); }

bool Program::catches(int signal) const {
  std::ifstream file("/proc/" + std::to_string(child_) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.rfind("SigCgt:", 0) == 0) return std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1;
  return false;
}

void Program::stop_reading() {
  for (int* const end : {&out_, &err_})
    if (const int descriptor = std::exchange(*end, -1); descriptor >= 0) close(descriptor);
}

Outcome Program::end() {
  wait_until([] { return false; });
  while (read_some(0)) {
    // A child of its own might hold the pipe: what is there now is all that counts.
    std::array<pollfd, 2> ends{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
    if (poll(ends.data(), ends.size(), 0) <= 0) break;
  }
  outcome_.code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  return outcome_;
}

Outcome run_program(std::vector<std::string> arguments, const RunOptions& options) {
  Program program(std::move(arguments), options);
  if (!options.interrupt_at.empty() && program.says(options.interrupt_at)) program.send(SIGINT);
  return program.end();
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

Json strict_json(const std::string& text) {
  auto json = parse_json(text, "the program's JSON");
  if (json) return std::move(*json);
  ADD_FAILURE() << json.error().message;
  return {};
}

}  // namespace switchyard::test
