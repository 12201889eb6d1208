// Routes that are recorded, and those that are followed.
#include <utility>

#include "core/session/driving/driver.h"

namespace switchyard {

void Driver::tell_of_routes() {
  for (RunRoutes::News& one : routes_.take_news()) {
    std::optional<RunEvent> made;
    if (!one.event.empty()) {
      made = event(EventKind::routes);
      made->message = std::move(one.event);
      if (one.step > 0) made->step = one.step;
      tell([&](Observer& o) { o.on_event(*made); });
    }
    RecordingNews news{one.trouble, std::move(one.message), std::move(made)};
    // Without words there is the event alone.
    if (news.message.empty()) news_.push_back(std::move(news));
    else say(std::move(news));
  }
}

Result<void> Driver::record_routes(const std::filesystem::path& folder) {
  const auto done = caught("recording routes", [&]() -> Result<void> {
    if (!folder.empty()) return routes_.record(folder);
    routes_.end_recording();
    return {};
  });
  tell_of_routes();
  return done;
}

Result<void> Driver::follow_routes(const std::filesystem::path& folder) {
  if (folder.empty() && !routes_.follows()) return {};
  const auto done = caught("recorded routes", [&]() -> Result<void> {
    if (!folder.empty()) return routes_.follow(folder);
    routes_.let_choose();
    return {};
  });
  if (done) {
    if (!folder.empty()) drop_shadow("recorded routes were followed");
    operations_.disturb("recorded routes", trainer_.step());
  }
  tell_of_routes();
  return done;
}

void Driver::say_router_chooses() {
  if (routes_.follows()) return;
  routes_.say_it_chooses();
  tell_of_routes();
}

void Driver::take_routes(RunRoutes routes) {
  routes_ = std::move(routes);
  tell_of_routes();
}

}  // namespace switchyard
