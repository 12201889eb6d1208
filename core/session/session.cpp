#include "core/session/session.h"

#include <utility>

#include "core/session/worker.h"

namespace switchyard {

Session::Session(Config config, MakeTrainer make_trainer, SessionOptions options)
    : thread_(
          [this, config = std::move(config), make = std::move(make_trainer), opts = std::move(options)]() mutable {
            Worker(link_, std::move(config), std::move(make), std::move(opts)).run();
          }) {}

Session::~Session() {
  link_.send(Stop{});
  thread_.join();
}

}  // namespace switchyard
