#include "core/train/crew/roll_call.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace switchyard {
namespace {

// For a verdict to be heard by all that came.
constexpr double kHearing_s = 10;

constexpr const char *kVerdict = "verdict", *kAlike = "all are there and alike";

std::string hello_key(std::int64_t rank) { return fmt::format("hello {}", rank); }
std::string heard_key(std::int64_t rank) { return fmt::format("heard {}", rank); }

void say(c10d::Store& store, const std::string& key, const std::string& text) {
  store.set(key, std::vector<std::uint8_t>{text.begin(), text.end()});
}

std::string heard(c10d::Store& store, const std::string& key) {
  const std::vector<std::uint8_t> said = store.get(key);
  return {said.begin(), said.end()};
}

class Patience {
 public:
  explicit Patience(double seconds)
      : until_(std::chrono::steady_clock::now() +
               std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds))) {}
  // false: `key` has not come in time. A key that is not there would be waited for by the store's own clock.
  bool comes(c10d::Store& store, const std::string& key) const {
    while (!store.check({key})) {
      if (std::chrono::steady_clock::now() > until_) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
  }

 private:
  std::chrono::steady_clock::time_point until_;
};

Error missing(const RollCall& call, std::int64_t rank, std::int64_t there) {
  return usage_error(fmt::format("rank {} of {} has not come to {} within {:.0f} s; {} of them are there", rank,
                                 call.size, call.address, call.join_s, there));
}

// Rank 0's: the refusal, or nothing.
Result<void> judged(c10d::Store& store, const RollCall& call, std::vector<Hello>& hellos) {
  const Patience clock(call.join_s);
  std::int64_t there = 0, first_missing = -1;
  for (std::int64_t r = 0; r < call.size; ++r) {
    if (clock.comes(store, hello_key(r))) {
      hellos.push_back(Hello::of(heard(store, hello_key(r))));
      ++there;
    } else if (first_missing < 0) {
      first_missing = r;
    }
  }
  if (first_missing >= 0) return missing(call, first_missing, there);
  return check_alike(hellos);
}

}  // namespace

Result<std::vector<Hello>> roll_call(c10d::Store& store, const RollCall& call, const Hello& own) {
  say(store, hello_key(call.rank), own.text());
  std::vector<Hello> hellos;
  if (call.rank == 0) {
    const Result<void> verdict = judged(store, call, hellos);
    say(store, kVerdict, verdict ? kAlike : verdict.error().message);
    if (verdict) return hellos;
    const Patience clock(kHearing_s);
    for (std::int64_t r = 1; r < call.size; ++r)
      if (store.check({hello_key(r)})) clock.comes(store, heard_key(r));
    return verdict.error();
  }
  // Rank 0 may come as late as this one may, and then waits as long for the rest.
  if (!Patience(call.join_s).comes(store, hello_key(0))) return missing(call, 0, 1);
  if (!Patience(call.join_s + kHearing_s).comes(store, kVerdict))
    return usage_error(fmt::format("rank 0 at {} says nothing of whether all ranks are there", call.address));
  const std::string verdict = heard(store, kVerdict);
  if (verdict != kAlike) {
    say(store, heard_key(call.rank), "yes");
    return usage_error(verdict);
  }
  for (std::int64_t r = 0; r < call.size; ++r) hellos.push_back(Hello::of(heard(store, hello_key(r))));
  return hellos;
}

}  // namespace switchyard
