#include "core/session/session.h"

#include <utility>

#include "core/base/caught.h"
#include "core/session/worker.h"

namespace switchyard {
namespace {

// What the worker could not catch itself (no memory for its last words, say). Nobody may wait for a thread that is
// gone.
void end_unsaved(Link& link, const Error& error) {
  (void)caught("", [&]() -> Result<void> {
    RunStatus status = link.receive().status;
    status.state = RunState::stopped;
    if (status.saved_in.empty()) status.not_saved = error.message;
    link.publish(std::move(status));
    return {};
  });
}

}  // namespace

Session::Session(Config config, MakeTrainer make_trainer, SessionOptions options)
    : thread_(
          [this, config = std::move(config), make = std::move(make_trainer), opts = std::move(options)]() mutable {
            const Result<void> ran = caught("the trainer's thread", [&]() -> Result<void> {
              Worker(link_, std::move(config), std::move(make), std::move(opts)).run();
              return {};
            });
            if (!ran) end_unsaved(link_, ran.error());
          }) {}

Session::~Session() { finish(); }

void Session::finish() {
  if (!thread_.joinable()) return;
  link_.send(Stop{});
  thread_.join();
}

}  // namespace switchyard
