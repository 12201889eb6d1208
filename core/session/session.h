// The lab (lab.h) on a thread of its own, with the run it begins with: what the window owns, and talks to over
// Links.
//
// The engine is loaded on that thread too (RunState::loading), so a window is up before it. Every failure of the
// trainer, a C++ exception included, ends in RunState::failed with its message: the weights stay, Play tries
// again, a SetConfig or a reset applies. A SetConfig the trainer refuses becomes a Notice and the old model goes
// on. When recording fails a Notice says so once and another when it goes on; training does meanwhile.
//
// Thread safety: constructor and destructor on one thread; the rest from any. The destructor asks the runs to stop
// and joins their thread; it waits for at most one slice (or for the engine's loading) and for the weights.
#pragma once

#include <memory>
#include <thread>

#include "core/session/lab.h"

namespace switchyard {

class Session {
 public:
  // make_trainer runs on the lab's thread with `config`. An Error is a failed load: Play tries it
  // again, a SetConfig or a reset with the configuration of then.
  Session(Config config, MakeTrainer make_trainer, LiveRunOptions options = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Of the run it began with.
  Link& link() { return *link_; }
  std::shared_ptr<Link> shared_link() { return link_; }
  Lab& lab() { return lab_; }
  // The lab's.
  std::thread::native_handle_type thread() { return thread_.native_handle(); }
  // What the destructor does: asks all runs to stop, waits until they have and the weights are written. After it
  // Link::receive() has the last news: RunStatus says what was saved.
  void finish();

 private:
  Lab lab_;
  std::shared_ptr<Link> link_;
  std::thread thread_;
};

}  // namespace switchyard
