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
  if (folder.empty()) {
    routes_.end_recording();
  } else if (auto begun = routes_.record(folder); !begun) {
    return begun;
  }
  tell_of_routes();
  return {};
}

Result<void> Driver::follow_routes(const std::filesystem::path& folder) {
  if (folder.empty()) {
    routes_.let_choose();
  } else {
    if (auto begun = routes_.follow(folder); !begun) return begun;
    drop_shadow("recorded routes were followed");
  }
  operations_.disturb("recorded routes", trainer_.step());
  tell_of_routes();
  return {};
}

void Driver::take_routes(RunRoutes routes) {
  routes_ = std::move(routes);
  tell_of_routes();
}

}  // namespace switchyard
