// The trainer's thread: a thin loop around a Driver that takes commands from a Link and publishes what
// the trainer did. The window owns one and talks to it through link().
//
// The engine is loaded on that thread too (RunState::loading), so a window is up before it. Pause is a
// blocking wait and is honoured between slices. Every failure of the trainer, a C++ exception included,
// ends in RunState::failed with its message: the weights stay, Play tries again, a SetConfig or a reset
// applies. A SetConfig the trainer refuses becomes a Notice and the old model goes on. When recording
// fails a Notice says so once and another when it goes on; training does meanwhile.
//
// Thread safety: constructor and destructor on one thread; link() from any. The destructor asks the
// trainer to stop and joins it; it waits for at most one slice (or for the engine's loading).
#pragma once

#include <thread>

#include "core/session/link.h"
#include "core/session/options.h"

namespace switchyard {

class Session {
 public:
  // make_trainer runs on the trainer's thread with `config`. An Error is a failed load: Play tries it
  // again, a SetConfig or a reset with the configuration of then.
  Session(Config config, MakeTrainer make_trainer, SessionOptions options = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Link& link() { return link_; }
  // The trainer's thread.
  std::thread::native_handle_type thread() { return thread_.native_handle(); }
  // What the destructor does: asks the trainer to stop, waits until it has and the weights are written. After it
  // link().receive() has the last news: RunStatus says what was saved.
  void finish();

 private:
  Link link_;
  std::thread thread_;
};

}  // namespace switchyard
