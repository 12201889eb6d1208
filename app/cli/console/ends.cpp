#include "app/cli/console/ends.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace switchyard::app {
namespace {

constexpr int kHighest = 64;

// What the handler touches: lock-free atomics.
std::atomic<int> first_signal = 0;
std::atomic<std::int64_t> first_interrupt_ns = 0;
std::atomic<bool> save_asked = false;
std::atomic<int> news = -1;  // an eventfd
std::array<std::atomic<bool>, kHighest + 1> deaf_to_keys{};
static_assert(std::atomic<std::int64_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

// What only the outermost EndSignals touches.
int depth = 0;
std::array<struct sigaction, kHighest + 1> before{};
std::array<bool, kHighest + 1> taken{};
sigset_t mask_before;

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{1'000'000'000} * now.tv_sec + now.tv_nsec;
}

// Nothing may be written to a pipe that nobody reads: it would hold the very end that was asked for.
void last_word(std::string_view text) {
  pollfd room{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&room, 1, 0) > 0 && ::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

void announce() {
  const std::uint64_t one = 1;
  if (const int descriptor = news.load(); descriptor >= 0 && ::write(descriptor, &one, sizeof one) < 0) return;
}

void take_signal(int number, siginfo_t* info, void*) {
  const int reason = errno;
  // The kernel's own are above 0; what kill(), sigqueue() and raise() send is not.
  const bool ignored = deaf_to_keys[static_cast<std::size_t>(number)] && info && info->si_code > 0;
  if (!ignored && number == SIGUSR1) {
    save_asked = true;
  } else if (!ignored) {
    int none = 0;
    first_signal.compare_exchange_strong(none, number);
    if (number == SIGINT) {
      const std::int64_t now = now_ns();
      std::int64_t first = 0;
      if (!first_interrupt_ns.compare_exchange_strong(first, now) &&
          static_cast<double>(now - first) >= 1e9 * EndSignals::kForce_s) {
        last_word("\nswitchyard: ended at once by a second Ctrl-C; the weights may not have been written\n");
        ::_exit(130);
      }
    }
  }
  if (!ignored) announce();
  errno = reason;
}

// Signals whose default ends the process without a core of its own making. Faults are not among them, nor what a
// profiler or the C library has taken before.
bool is_request(int number) {
  switch (number) {
    case SIGHUP:
    case SIGINT:
    case SIGQUIT:
    case SIGTERM:
    case SIGXCPU:
    case SIGUSR1:
    case SIGUSR2:
    case SIGALRM:
    case SIGVTALRM:
    case SIGPROF:
    case SIGIO:
    case SIGPWR:
    case SIGSTKFLT:
      return true;
    default:
      return number >= SIGRTMIN && number <= SIGRTMAX;
  }
}

void take_over(int number) {
  const auto at = static_cast<std::size_t>(number);
  if (::sigaction(number, nullptr, &before[at]) != 0) return;
  const bool ignored = before[at].sa_handler == SIG_IGN;
  const bool has_key = number == SIGINT || number == SIGQUIT;
  if (!(before[at].sa_flags & SA_SIGINFO) && ignored && !has_key) return;
  if ((before[at].sa_flags & SA_SIGINFO) || (before[at].sa_handler != SIG_DFL && !ignored)) return;
  deaf_to_keys[at] = ignored;
  struct sigaction action {};
  action.sa_sigaction = take_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;  // no call of anybody fails of a request
  ::sigfillset(&action.sa_mask);
  taken[at] = ::sigaction(number, &action, nullptr) == 0;
}

}  // namespace

void settle_signals() {
  for (const int number : {SIGPIPE, SIGXFSZ, SIGTTOU}) ::signal(number, SIG_IGN);
  // Of whom it is ignored, the kernel forgets each process as it ends.
  ::signal(SIGCHLD, SIG_DFL);
}

EndSignals::EndSignals() {
  if (depth++ > 0) return;
  first_signal = 0;
  first_interrupt_ns = 0;
  save_asked = false;
  news = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  sigset_t ours;
  ::sigemptyset(&ours);
  for (int number = 1; number <= kHighest; ++number) {
    if (!is_request(number)) continue;
    take_over(number);
    if (taken[static_cast<std::size_t>(number)]) ::sigaddset(&ours, number);
  }
  // A batch system may have started this program with signals blocked: nobody would hear them.
  ::pthread_sigmask(SIG_UNBLOCK, &ours, &mask_before);
}

EndSignals::~EndSignals() {
  if (--depth > 0) return;
  for (std::size_t at = 0; at < taken.size(); ++at) {
    if (!taken[at]) continue;
    ::sigaction(static_cast<int>(at), &before[at], nullptr);
    taken[at] = deaf_to_keys[at] = false;
  }
  ::pthread_sigmask(SIG_SETMASK, &mask_before, nullptr);
  if (const int descriptor = news.exchange(-1); descriptor >= 0) ::close(descriptor);
}

bool EndSignals::asked_to_end() { return first_signal != 0; }

bool EndSignals::take_save() { return save_asked.load(std::memory_order_relaxed) && save_asked.exchange(false); }

Error EndSignals::request() {
  const int number = first_signal;
  const char* name = ::sigabbrev_np(number);
  return {ErrorKind::interrupted,
          name ? fmt::format("interrupted by SIG{}", name) : fmt::format("interrupted by signal {}", number)};
}

EndWatch::EndWatch(std::function<void()> told)
    : told_(std::move(told)), thread_([this] {
        while (!ends_) {
          pollfd asked{news.load(), POLLIN, 0};
          if (::poll(&asked, 1, asked.fd < 0 ? 100 : -1) <= 0) continue;
          std::uint64_t count = 0;
          if (::read(asked.fd, &count, sizeof count) < 0) continue;
          if (!ends_) told_();
        }
      }) {}

EndWatch::~EndWatch() {
  ends_ = true;
  announce();
  thread_.join();
}

}  // namespace switchyard::app
