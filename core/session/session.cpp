#include "core/session/session.h"

#include <utility>

#include "core/session/meeting/yielding.h"

namespace switchyard {

// The first run of a lab is never one too many.
Session::Session(Config config, MakeTrainer make_trainer, LiveRunOptions options)
    : link_(*lab_.open(std::move(config), std::move(make_trainer), std::move(options))),
      thread_([this] {
        yield_to_the_window();
        lab_.run();
      }) {}

Session::~Session() { finish(); }

void Session::finish() {
  if (!thread_.joinable()) return;
  lab_.stop();
  thread_.join();
}

}  // namespace switchyard
