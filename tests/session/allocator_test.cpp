// A thread that ends inside the allocator, as a crash of the window may, keeps nobody else from memory.
#include "core/train/interface/allocator.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

std::atomic<bool> is_struck{false};

void stand_for_ever(int) {
  is_struck = true;
  for (;;) ::pause();
}

void take_and_give(std::size_t bytes) {
  char* const block = static_cast<char*>(std::malloc(bytes));
  block[0] = block[bytes - 1] = 1;
  static std::atomic<char> seen;
  seen = block[bytes - 1];
  std::free(block);
}

// Sizes of a checkpoint's parts, of a line of a log, and between.
void take_what_saving_takes() {
  for (std::size_t i = 0; i < 2000; ++i) take_and_give(std::size_t{16} << i % 17);
}

// In a process of its own: this thread is struck somewhere in the allocator, then the other one saves.
[[noreturn]] void be_struck(int after_us) {
  prepare_allocator();
  sigset_t alarm;
  ::sigemptyset(&alarm);
  ::sigaddset(&alarm, SIGALRM);
  ::pthread_sigmask(SIG_BLOCK, &alarm, nullptr);  // of the one that saves: it is not the one that is struck
  std::thread saves([] {
    take_what_saving_takes();
    while (!is_struck) std::this_thread::sleep_for(std::chrono::microseconds(100));
    take_what_saving_takes();
    ::_exit(0);
  });
  ::signal(SIGALRM, &stand_for_ever);
  ::pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
  const itimerval when{{}, {0, after_us}};
  ::setitimer(ITIMER_REAL, &when, nullptr);
  for (std::size_t i = 0;; ++i) take_and_give(40'000 + i * 977 % 400'000);
}

bool ends(pid_t child) {
  int status = 0;
  for (int i = 0; i < 10'000; ++i) {  // 20 s
    if (::waitpid(child, &status, WNOHANG) == child) return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return false;
}

double resident_mb() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  EXPECT_TRUE(file >> total >> resident);
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1048576;
}

// Freed memory is kept, so what is taken must come from it: small blocks too, where those before them have become
// one large block. Never more than 16 MB are in use.
TEST(Allocator, WhatIsFreedIsUsedAgain) {
  constexpr int kRounds = 60, kSettled = 10;
  double settled_mb = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::unique_ptr<char[]>> looks;
    for (std::size_t i = 0; i < 500; ++i)
      looks.push_back(std::make_unique<char[]>(16'384 + i * 977 % 32'768));  // cleared: its pages are there
    if (round == kSettled) settled_mb = resident_mb();
  }
  EXPECT_LT(resident_mb(), settled_mb + 32);
}

TEST(Allocator, AThreadStruckInsideItKeepsNobodyFromMemory) {
  for (int i = 0; i < 40; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) be_struck(2000 + 37 * i);
    ASSERT_TRUE(ends(child)) << "after " << i;
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
