#include "app/window/kept_changer.h"

#include <chrono>
#include <utility>

#include "core/base/caught.h"
#include "core/record/reading/kept_changes.h"

namespace switchyard::app {

void KeptChanger::begin(KeptChange change, void (*wake)()) {
  wake_ = wake;
  waiting_.push_back(std::move(change));
  begin_next();
}

void KeptChanger::begin_next() {
  if (working_.valid() || waiting_.empty()) return;
  const KeptChange change = std::move(waiting_.front());
  waiting_.pop_front();
  // Without a thread to be had it is done here.
  const Result<void> started = caught("what is kept", [&]() -> Result<void> {
    working_ = std::async(std::launch::async, [change, wake = wake_] {
      KeptChanged done = change_kept(change);
      if (wake) wake();
      return done;
    });
    return {};
  });
  if (started) return;
  std::promise<KeptChanged> made;
  working_ = made.get_future();
  made.set_value(change_kept(change));
}

std::vector<KeptChanged> KeptChanger::take() {
  std::vector<KeptChanged> done;
  while (working_.valid() && working_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
    done.push_back(working_.get());
    begin_next();
  }
  return done;
}

}  // namespace switchyard::app
