#include "app/window/viewers.h"

#include <algorithm>
#include <utility>

#include "app/run/notices.h"
#include "core/base/file_name.h"

namespace switchyard::app {
namespace {

// Models that learn here are numbered from 1; these never meet them.
constexpr std::uint32_t kFirstNumber = std::uint32_t{1} << 31;

}  // namespace

void Viewers::open(const std::string& folder, Live& live, UiState& ui, double now_s) {
  const auto& runs = live.runs.all();
  const auto known = std::find_if(runs.begin(), runs.end(), [&](const auto& run) {
    const RunStatus& status = live.runs.is_live(run->id) ? live.status : run->status;
    return !run->id.empty() && status.run_folder == folder;
  });
  if (known != runs.end()) return stand_on(live, ui, std::string((*known)->id));
  all_.push_back({std::make_unique<Viewer>(path_of_text(folder), kFirstNumber + numbers_++, wake_), {}});
  add_toast(ui, Notice::Level::detail, "Opening " + folder, now_s);
}

void Viewers::close(const std::string& run, Live& live, UiState& ui) {
  std::erase_if(all_, [&](const Viewed& viewed) { return viewed.run == run; });
  if (Standing here = standing_in(ui); live.runs.close(run, here)) stand(ui, std::move(here));
}

void Viewers::receive(Live& live, UiState& ui, double now_s) {
  for (Viewed& viewed : all_) {
    Update update = viewed.viewer->link()->receive();
    viewed.run = update.status.run;
    if (update.status.state == RunState::failed && !std::exchange(viewed.failed, true))
      add_toast(ui, Notice::Level::error, "This run cannot be shown: " + update.status.message, now_s);
    take_viewed(live, ui, std::move(update), now_s);
  }
  std::erase_if(all_, [&](const Viewed& viewed) {
    return live.runs.is_live(viewed.run) || (viewed.failed && !live.runs.find(viewed.run));
  });
}

bool Viewers::has_news() const {
  return std::any_of(all_.begin(), all_.end(), [](const Viewed& viewed) { return viewed.viewer->link()->has_news(); });
}

}  // namespace switchyard::app
