#include "tests/support/collector.h"

#include <chrono>
#include <cstdint>
#include <iterator>
#include <utility>

namespace switchyard::test {
namespace {

std::mutex wake_mutex;
std::condition_variable woken;
std::uint64_t wakes = 0;

template <class T>
void move_to_end(std::vector<T>& into, std::vector<T>& from) {
  into.insert(into.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

void Collector::wake() {
  {
    const std::lock_guard lock(wake_mutex);
    ++wakes;
  }
  woken.notify_all();
}

void Collector::receive() {
  Update update = link_.receive();
  move_to_end(all_.begins, update.begins);
  move_to_end(all_.records, update.records);
  move_to_end(all_.notices, update.notices);
  move_to_end(all_.kept_changes, update.kept_changes);
  move_to_end(all_.generation, update.generation);
  move_to_end(all_.events, update.events);
  move_to_end(all_.past_looks, update.past_looks);
  if (update.whole_past) all_.whole_past = std::move(update.whole_past);
  all_.snapshot = update.snapshot;
  all_.inspection = update.inspection;
  all_.status = std::move(update.status);
  all_.merged_records = update.merged_records;
}

bool Collector::wait_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  std::uint64_t seen = 0;
  for (;;) {
    {
      const std::lock_guard lock(wake_mutex);
      seen = wakes;
    }
    receive();
    if (condition()) return true;
    std::unique_lock lock(wake_mutex);
    if (!woken.wait_until(lock, deadline, [&] { return wakes != seen; })) return false;
  }
}

bool Collector::wait_for_state(RunState state) {
  return wait_until([&] { return status().state == state; });
}
bool Collector::wait_for_step(std::int64_t step) {
  return wait_until([&] { return status().step >= step; });
}
bool Collector::wait_for_revision(std::uint64_t revision) {
  return wait_until([&] { return status().revision >= revision; });
}

}  // namespace switchyard::test
