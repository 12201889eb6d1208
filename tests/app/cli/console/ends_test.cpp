// Signals as values, and text that only informs.
#include "app/cli/console/ends.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "app/cli/console/console.h"
#include "app/cli/console/saved.h"
#include "core/base/caught.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

// As the kernel sends it for a key of the terminal.
void press_key_of(int signal) {
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = SI_KERNEL;
  ASSERT_EQ(syscall(SYS_rt_sigqueueinfo, getpid(), signal, &info), 0);
}

// A disposition for the life of the object.
class Disposed {
 public:
  Disposed(int signal, void (*handler)(int)) : signal_(signal), before_(::signal(signal, handler)) {}
  ~Disposed() { ::signal(signal_, before_); }
  Disposed(const Disposed&) = delete;
  Disposed& operator=(const Disposed&) = delete;

 private:
  int signal_;
  void (*before_)(int);
};

TEST(EndSignals, EachIsOneRequestHoweverOftenItComes) {
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO,
                           SIGPWR, SIGRTMIN + 3}) {
    const Disposed as_from_a_shell(signal, SIG_DFL);
    const EndSignals signals;
    EXPECT_FALSE(EndSignals::asked_to_end());
    for (int i = 0; i < 3; ++i) raise(signal);
    EXPECT_TRUE(EndSignals::asked_to_end()) << signal;
    EXPECT_FALSE(EndSignals::take_save());
    EXPECT_EQ(EndSignals::request().kind, ErrorKind::interrupted);
    const char* name = sigabbrev_np(signal);
    EXPECT_THAT(EndSignals::request().message,
                HasSubstr(name ? std::string("SIG") + name : std::to_string(signal)));
    const EndSignals within;  // changes nothing
    EXPECT_TRUE(EndSignals::asked_to_end());
  }
}

TEST(EndSignals, TheFirstOneGivesItsName) {
  const EndSignals signals;
  raise(SIGTERM);
  raise(SIGINT);
  EXPECT_THAT(EndSignals::request().message, HasSubstr("SIGTERM"));
}

TEST(EndSignals, Usr1AsksForASaveOnce) {
  const EndSignals signals;
  raise(SIGUSR1);
  raise(SIGUSR1);
  EXPECT_FALSE(EndSignals::asked_to_end());
  EXPECT_TRUE(EndSignals::take_save());
  EXPECT_FALSE(EndSignals::take_save());
}

TEST(EndSignals, WhatIsIgnoredStaysSo) {
  const Disposed as_under_nohup(SIGHUP, SIG_IGN);
  const EndSignals signals;
  raise(SIGHUP);
  EXPECT_FALSE(EndSignals::asked_to_end());
}

// A script's & ignores INT and QUIT so that Ctrl-C at its terminal is not for the job; kill is meant for it.
TEST(EndSignals, ABackgroundJobIsDeafToKeysAlone) {
  for (const int signal : {SIGINT, SIGQUIT}) {
    const Disposed as_in_the_background(signal, SIG_IGN);
    const EndSignals signals;
    press_key_of(signal);
    EXPECT_FALSE(EndSignals::asked_to_end()) << signal;
    kill(getpid(), signal);
    EXPECT_TRUE(EndSignals::asked_to_end()) << signal;
  }
  const Disposed as_in_front(SIGINT, SIG_DFL);
  const EndSignals signals;
  press_key_of(SIGINT);
  EXPECT_TRUE(EndSignals::asked_to_end());
}

TEST(EndSignals, WhatIsBlockedIsHeard) {
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  {
    const EndSignals signals;
    raise(SIGTERM);
    EXPECT_TRUE(EndSignals::asked_to_end());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(EndSignals, AnInterruptIsForcedByASecondOneNotAtOnceAndByNothingElse) {
  const auto pause = [](double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); };
  {
    const EndSignals signals;
    raise(SIGINT);
    raise(SIGINT);
    pause(EndSignals::kForce_s);
    raise(SIGTERM);
    raise(SIGHUP);  // and we are still here
    EXPECT_TRUE(EndSignals::asked_to_end());
  }
  const auto insist = [&] {
    const EndSignals signals;
    raise(SIGINT);
    pause(EndSignals::kForce_s + 0.01);
    raise(SIGINT);
  };
  EXPECT_EXIT(insist(), testing::ExitedWithCode(130), "ended at once");
}

TEST(EndWatch, HearsOfEachOnAThreadOfItsOwn) {
  const EndSignals signals;
  std::mutex mutex;
  std::condition_variable changed;
  int calls = 0;
  const EndWatch watch([&] {
    const std::lock_guard lock(mutex);
    ++calls;
    changed.notify_all();
  });
  for (const int signal : {SIGUSR1, SIGTERM}) {
    const int before = calls;
    raise(signal);
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(10), [&] { return calls > before; })) << signal;
  }
}

TEST(Inform, NeitherFailsNorWaits) {
  settle_signals();
  inform("x", -1);
  inform("x", 1000);
  const int full = open("/dev/full", O_WRONLY);
  inform("x", full);
  close(full);
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  for (int& end : ends) {  // numbers of two digits are descriptors too
    const int low = std::exchange(end, fcntl(end, F_DUPFD, 20));
    close(low);
  }
  // Far more than a pipe holds, and nobody reads.
  const auto began = Clock::now();
  const std::string text(1 << 20, 'x');
  inform(text, ends[1]);
  inform(text, ends[1], 50);
  EXPECT_LT(Clock::now() - began, std::chrono::seconds(5));
  std::string start(8, ' ');
  EXPECT_EQ(read(ends[0], start.data(), start.size()), 8);
  EXPECT_EQ(start, "xxxxxxxx");
  close(ends[0]);
  inform(text, ends[1]);
  close(ends[1]);
}

TEST(Saved, IsSaidAsItIs) {
  const Error interrupted{ErrorKind::interrupted, "interrupted by SIGTERM"};
  const Saved saved{12, "runs/a", {}}, lost{12, {}, "disk full"}, unwanted{12, {}, {}, false}, nothing{};
  EXPECT_TRUE(with_saved({}, saved));
  EXPECT_TRUE(with_saved({}, unwanted));
  EXPECT_TRUE(with_saved({}, nothing));
  EXPECT_EQ(with_saved({}, lost).error().kind, ErrorKind::failure);
  EXPECT_THAT(with_saved(interrupted, saved).error().message, HasSubstr("step 12 are saved in runs/a"));
  EXPECT_EQ(with_saved(interrupted, saved).error().kind, ErrorKind::interrupted);
  EXPECT_THAT(with_saved(interrupted, lost).error().message, HasSubstr("NOT saved: disk full"));
  EXPECT_EQ(with_saved(interrupted, lost).error().kind, ErrorKind::failure);
  EXPECT_THAT(with_saved(interrupted, nothing).error().message,
              HasSubstr("before the first step; there was nothing to save"));
  EXPECT_THAT(with_saved(interrupted, unwanted).error().message, HasSubstr("nothing was saved"));
  EXPECT_EQ(with_saved(usage_error("no"), saved).error().kind, ErrorKind::usage);
}

// Of several runs each is said, and one that is lost is enough for a failure.
TEST(Saved, OfSeveralRunsEachIsSaid) {
  const Error interrupted{ErrorKind::interrupted, "interrupted by SIGTERM"};
  const Saved led{12, "runs/a", {}}, beside{9, "runs/b", {}, true, "Top-k: 2 to 1"},
      lost{7, {}, "disk full", true, "Experts: 8 to 12"}, nothing{0, {}, {}, true, "begun just now"};
  EXPECT_TRUE(with_all_saved({}, {led, beside, nothing}));
  const Result<void> failed = with_all_saved({}, {led, beside, lost});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::failure);
  EXPECT_EQ(failed.error().message, "Experts: 8 to 12: the weights of step 7 are NOT saved: disk full");
  const Result<void> ended = with_all_saved(interrupted, {led, beside, nothing});
  EXPECT_EQ(ended.error().kind, ErrorKind::interrupted);
  EXPECT_THAT(ended.error().message, AllOf(HasSubstr("; the weights of step 12 are saved in runs/a"),
                                           HasSubstr("; Top-k: 2 to 1: the weights of step 9 are saved in runs/b"),
                                           Not(HasSubstr("just now"))));
  EXPECT_EQ(with_all_saved(interrupted, {led, lost}).error().kind, ErrorKind::failure);
  EXPECT_THAT(with_all_saved(interrupted, {nothing, beside}).error().message,
              AllOf(HasSubstr("SIGTERM; Top-k: 2 to 1: the weights of step 9"), Not(HasSubstr("no step"))));
  EXPECT_THAT(with_all_saved(interrupted, {nothing, nothing}).error().message, HasSubstr("before the first step"));
}

TEST(Caught, WhateverIsThrownIsAFailure) {
  const auto said = [](auto thrown) {
    return caught("training", [&]() -> Result<int> { throw thrown; }).error().message;
  };
  EXPECT_EQ(said(std::bad_alloc()), "training: out of memory");
  EXPECT_EQ(said(std::runtime_error("no")), "training: no");
  EXPECT_THAT(said(7), HasSubstr("training: "));
  EXPECT_EQ(*caught("", [] { return Result<int>(3); }), 3);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
