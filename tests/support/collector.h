// The window's side of a Link for tests: gathers everything that arrives and waits for a condition with a
// long deadline, woken by the Link itself.
//
// Thread safety: one Collector at a time in a process, used by one thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "core/session/meeting/link.h"

namespace switchyard::test {

class Collector {
 public:
  // Call Collector::wake from the publishing side: LiveRunOptions::wake, or Link::set_wake.
  static void wake();

  explicit Collector(Link& link) : link_(link) {}

  // Everything so far in all(). False when the deadline of a minute passed.
  bool wait_until(const std::function<bool()>& condition);
  // Adds what has arrived.
  void receive();

  const Update& all() const { return all_; }
  const RunStatus& status() const { return all_.status; }
  bool wait_for_state(RunState state);
  bool wait_for_step(std::int64_t step);
  bool wait_for_revision(std::uint64_t revision);

 private:
  Link& link_;
  Update all_;
};

}  // namespace switchyard::test
