#include "app/window/ends/window_end.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "app/cli/terminal.h"
#include "app/window/system/x_errors.h"

namespace switchyard::app {
namespace {

constexpr std::chrono::milliseconds kLook{20};

}  // namespace

Saved saved_by(const RunStatus& stopped, bool recorded) {
  return {stopped.step, stopped.saved_in, stopped.not_saved, recorded};
}

Result<void> end_all(Lab& lab, const Result<void>& why, bool recorded) {
  const std::vector<std::shared_ptr<Link>> links = lab.stop();
  while (!lab.is_over()) std::this_thread::sleep_for(kLook);
  std::vector<Saved> runs;
  for (const std::shared_ptr<Link>& link : links) runs.push_back(saved_by(link->receive().status, recorded));
  return with_all_saved(why, std::move(runs));
}

WindowEnd::WindowEnd(Session& session, bool recorded, void (*wake)())
    : session_(session),
      recorded_(recorded),
      wake_(wake),
      watch_([this] { told(); }),
      crash_(session.thread(), [this](int signal) {
        report_error(save(failure(fmt::format("the window has crashed ({})", ::strsignal(signal)))));
      }) {
  on_display_lost([this] { end_without_the_window(failure("the display is gone (its X server has ended)")); });
}

WindowEnd::~WindowEnd() { on_display_lost({}); }

void WindowEnd::told() {
  if (EndSignals::take_save())
    for (const std::shared_ptr<Link>& link : session_.lab().links()) link->send(ExportWeights{});
  if (!EndSignals::asked_to_end()) return;
  wake_();
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(kPatience_s);
  while (!seen_to_) {
    if (std::chrono::steady_clock::now() > until) {
      Error why = EndSignals::request();
      why.message += "; the window did not answer";
      end_without_the_window(why);
    }
    std::this_thread::sleep_for(kLook);
  }
}

void WindowEnd::said(const Result<void>& ended) const {
  if (ended || !EndSignals::asked_to_end()) return;
  std::thread([error = ended.error()] {
    std::this_thread::sleep_for(std::chrono::duration<double>(kPatience_s));
    ::_exit(report_error(error));
  }).detach();
}

Error WindowEnd::save(const Error& why) { return end_all(session_.lab(), why, recorded_).error(); }

// Nothing of the window may be touched any more, nor what would touch it at the process's usual end.
void WindowEnd::end_without_the_window(const Error& why) { ::_exit(report_error(save(why))); }

}  // namespace switchyard::app
