// Changes of what is kept where no thread of this window holds a run: while nothing learns here, or of runs that
// are none of it. Made one after the other on a thread of their own.
//
// Thread safety: window thread only; its worker touches files alone.
#pragma once

#include <deque>
#include <future>
#include <vector>

#include "core/run/kept_change.h"

namespace switchyard::app {

class KeptChanger {
 public:
  // wake: called from the worker's thread once it is done.
  void begin(KeptChange change, void (*wake)());
  // What has been done since the last call.
  std::vector<KeptChanged> take();

 private:
  void begin_next();

  std::deque<KeptChange> waiting_;
  std::future<KeptChanged> working_;
  void (*wake_)() = nullptr;
};

}  // namespace switchyard::app
