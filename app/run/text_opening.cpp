#include "app/run/text_opening.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "app/files/typed_path.h"
#include "app/run/live.h"
#include "app/run/notices.h"
#include "core/base/caught.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "core/data/own_points.h"

namespace switchyard::app {
namespace {

template <class T>
bool is_ready(const std::future<T>& future) {
  return future.valid() && future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

// `job` on a thread of its own; where there is none to be had, here.
template <class Job>
auto begin(const char* doing, void (*wake)(), Job job) {
  const auto whole = [doing, wake, job = std::move(job)] {
    auto done = caught(doing, job);
    if (wake) wake();
    return done;
  };
  using Done = decltype(whole());
  std::future<Done> future;
  const Result<void> begun = caught(doing, [&]() -> Result<void> {
    future = std::async(std::launch::async, whole);
    return {};
  });
  if (!begun) future = std::async(std::launch::deferred, whole);
  return future;
}

}  // namespace

void TextOpening::frame(UiState& ui, Commands& out, double now_s) {
  for (std::string& path : std::exchange(ui.wants_text, {})) waiting_.push_back(std::move(path));
  if (is_ready(reading_)) {
    Examined examined = reading_.get();
    if (!examined) add_toast(ui, Notice::Level::error, examined.error().message, now_s);
    else if (examined->offer) ui.text_offer = std::move(*examined->offer);
    else if (examined->points) open_points(ui, out, path_, *examined->points, now_s);
    else open_text(ui, out, path_, now_s);
    if (!original_.empty()) ui.used.note(Chooses::text, std::exchange(original_, {}));
  }
  TextOffer& offer = ui.text_offer;
  if (std::exchange(offer.wants, false) && !converting_.valid()) {
    offer.converting = true;
    offer.problem.clear();
    converting_ = begin("a copy in UTF-8", wake_, [offer] { return convert_copy(offer); });
  }
  if (is_ready(converting_)) {
    const Converted copy = converting_.get();
    if (copy) {
      // Who has closed the offer meanwhile does not want it learned.
      if (offer.converting) {
        if (task_of_file(*copy) == TaskKind::clusters) {
          waiting_.push_front(copy->native());
          original_ = offer.path;
        } else {
          open_text(ui, out, copy->native(), now_s);
          ui.used.note(Chooses::text, offer.path);  // the next choice begins beside it
        }
        add_toast(ui, Notice::Level::info, fmt::format("Converted to UTF-8: {}", printable(typed_of_path(*copy))),
                  now_s);
      }
      offer = {};
    } else {
      offer.converting = false;
      offer.problem = copy.error().message;
    }
  }
  // One after the other: what is offered is answered first.
  if (reading_.valid() || converting_.valid() || !offer.path.empty() || waiting_.empty()) return;
  path_ = std::move(waiting_.front());
  waiting_.pop_front();
  reading_ = begin("a text", wake_, [path = path_] { return examine(path); });
}

TextOpening::Examined TextOpening::examine(const std::string& path) {
  auto offer = examine_text(path);
  if (!offer) return offer.error();
  if (*offer || task_of_file(path) != TaskKind::clusters) return FileRead{std::move(*offer)};
  Config config;
  config.points = text_of_path(path);
  const auto points = load_points(config);
  if (!points) return points.error();
  return FileRead{{}, PointsShape{(*points)->dims, (*points)->classes}};
}

}  // namespace switchyard::app
