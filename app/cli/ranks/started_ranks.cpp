#include "app/cli/ranks/started_ranks.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>

#include "app/cli/ranks/launcher.h"

extern char** environ;

namespace switchyard::app {
namespace {

// How long a rank that was told to leave may take.
constexpr std::chrono::seconds kPatience{10};

std::vector<std::string> own_command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string all(std::istreambuf_iterator<char>(file), {});
  std::vector<std::string> words;
  for (std::size_t at = 0; at < all.size(); at += words.back().size() + 1) words.emplace_back(all.c_str() + at);
  return words;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// What rank 0 catches or ignores is this process's own affair.
class OwnSignals {
 public:
  OwnSignals() {
    sigset_t none, defaults;
    ::sigemptyset(&none);
    ::sigemptyset(&defaults);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGPIPE}) ::sigaddset(&defaults, signal);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~OwnSignals() { ::posix_spawnattr_destroy(&attributes_); }
  OwnSignals(const OwnSignals&) = delete;
  OwnSignals& operator=(const OwnSignals&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

}  // namespace

Result<void> StartedRanks::start(const RankPlace& place) {
  std::vector<std::string> words = own_command_line();
  if (words.empty()) return failure("/proc/self/cmdline: cannot be read, so no further process can be started");
  const OwnSignals signals;
  for (std::int64_t rank = 1; rank < place.size; ++rank) {
    RankPlace of = place;
    of.rank = of.local_rank = rank;
    std::vector<std::string> environment = environment_of(of);
    environment.push_back(fmt::format("{}=1", kStartedRank));
    for (char** inherited = environ; *inherited; ++inherited) environment.emplace_back(*inherited);
    pid_t process = 0;
    const int code = ::posix_spawn(&process, "/proc/self/exe", nullptr, signals.get(), pointers_to(words).data(),
                                   pointers_to(environment).data());
    if (code != 0)
      return failure(fmt::format("rank {} cannot be started: {}", rank,
                                 std::error_code(code, std::generic_category()).message()));
    processes_.push_back(process);
  }
  return {};
}

StartedRanks::~StartedRanks() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (const pid_t process : processes_) {
    int status = 0;
    while (::waitpid(process, &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > until) ::kill(process, SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
}

}  // namespace switchyard::app
