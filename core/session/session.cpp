#include "core/session/session.h"

#include <sys/resource.h>
#include <unistd.h>

#include <utility>

namespace switchyard {
namespace {

// Whoever looks is answered first: of cores that both want the window's thread gets nine parts of ten, and training what is
// left, which is nearly all as long as nobody points. The threads that compute for this one take it over.
constexpr int kNiceness = 10;

void yield_to_the_window() { (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness); }

}  // namespace

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
