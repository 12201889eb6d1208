#include "app/window/ends/crash.h"

#include <semaphore.h>
#include <signal.h>
#include <time.h>

#include <array>
#include <utility>

namespace switchyard::app {
namespace {

constexpr std::array kFaults{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t kStack = 64 << 10;

sem_t bell;
std::atomic<int> died_of = 0;
std::atomic<bool> saved = false;
pthread_t spared;
std::array<struct sigaction, kFaults.size()> before;

void wait_for_the_saving() {
  const timespec look{0, 10'000'000};
  for (int looks = 0; !saved && looks < CrashGuard::kLongest_s * 100; ++looks) ::nanosleep(&look, nullptr);
}

void on_fault(int number, siginfo_t* info, void*) {
  if (!::pthread_equal(::pthread_self(), spared)) {
    int none = 0;
    if (died_of.compare_exchange_strong(none, number)) ::sem_post(&bell);
    wait_for_the_saving();
  }
  for (std::size_t i = 0; i < kFaults.size(); ++i) ::sigaction(kFaults[i], &before[i], nullptr);
  // A fault repeats itself on return and abort() insists; a kill from outside does not.
  if (info && info->si_code <= 0) ::raise(number);
}

}  // namespace

CrashGuard::CrashGuard(pthread_t saved_thread, std::function<void(int)> save) : save_(std::move(save)) {
  ::sem_init(&bell, 0, 0);
  thread_ = std::thread([this] {
    while (::sem_wait(&bell) != 0) {
    }
    if (ends_) return;
    save_(died_of);
    saved = true;
  });
  spared = saved_thread;
  died_of = 0;
  saved = false;
  // An endless recursion leaves no room on the thread's own stack. A sanitizer has made some already.
  static std::array<char, kStack> room;
  const stack_t stack{room.data(), 0, room.size()};
  stack_t there{};
  if (::sigaltstack(nullptr, &there) == 0 && (there.ss_flags & SS_DISABLE)) ::sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (std::size_t i = 0; i < kFaults.size(); ++i) ::sigaction(kFaults[i], &action, &before[i]);
}

CrashGuard::~CrashGuard() {
  for (std::size_t i = 0; i < kFaults.size(); ++i) ::sigaction(kFaults[i], &before[i], nullptr);
  ends_ = true;
  ::sem_post(&bell);
  thread_.join();
  ::sem_destroy(&bell);
}

}  // namespace switchyard::app
