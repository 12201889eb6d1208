// A monkey at the headless window, with a few thousand frames of whatever comes to its mind.
//
//   SWITCHYARD_SOAK_EVENTS=10000  events a seed, 1,000 without it
//   SWITCHYARD_SOAK_SEED=7        this seed and the next, 1 and 2 without it
//
// What it did when something broke is printed with its seed and the number of the event, for a crash too: the same
// seed does the same again.
#include "tests/app/shell/monkey.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "tests/support/font_library.h"
#include "tests/support/soak.h"

extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

const auto* const fonts_end = end_fontconfig_after_tests();

char at_work[200];
std::size_t at_work_size = 0;

void tell() { [[maybe_unused]] const auto written = ::write(STDERR_FILENO, at_work, at_work_size); }
void tell_and_die(int signal) {
  tell();
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void note(std::uint64_t seed, std::int64_t event, const std::string& doing) {
  const int size =
      std::snprintf(at_work, sizeof at_work, "\nmonkey: seed %llu, event %lld, after %.100s\n",
                    static_cast<unsigned long long>(seed), static_cast<long long>(event), doing.c_str());
  at_work_size = std::min(sizeof at_work - 1, static_cast<std::size_t>(std::max(0, size)));
}

void let_loose(std::uint64_t seed) {
  if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(tell);
  else
    for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL}) ::signal(signal, tell_and_die);
  const std::int64_t events = soak_count("SWITCHYARD_SOAK_EVENTS", 1000);
  Monkey monkey(seed);
  for (std::int64_t event = 1; event <= events; ++event) {
    note(seed, event, monkey.doing());
    const std::string wrong = monkey.event();
    ASSERT_EQ(wrong, "") << "seed " << seed << ", event " << event << ": " << monkey.doing();
  }
  for (const char* kind :
       {"key", "text", "click", "drag", "wheel", "resize", "action", "drop", "scrub", "wait", "exported"})
    EXPECT_TRUE(events < 1000 || monkey.done().contains(kind)) << kind;
  std::printf("monkey: seed %llu, %lld events, %lld frames\n", static_cast<unsigned long long>(seed),
              static_cast<long long>(events), static_cast<long long>(monkey.frames()));
}

TEST(Monkey, BreaksNothing) { let_loose(soak_seed()); }
TEST(Monkey, BreaksNothingAgain) { let_loose(soak_seed() + 1); }

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
