#include "app/window/viewers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/run/notices.h"
#include "app/run/timeline.h"
#include "app/shell/dialogs/key_prompt.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

// Models that learn here are numbered from 1; these never meet them.
constexpr std::uint32_t kFirstNumber = std::uint32_t{1} << 31;

// "routes"; of one that began anew "routes (2)", as the id of its run ends.
std::string name_of(const RecordingWish& wish, const std::string& id) {
  const std::string path = wish.path.native();
  const std::filesystem::path name =
      wish.path.has_filename() ? wish.path.filename() : wish.path.parent_path().filename();
  return printable(name.native() + (id.starts_with(path) ? id.substr(path.size()) : std::string()));
}

// Of looks that come the one nearest to where one pointed. It is held here: a full store would thin it away at
// once, as it lies between two others.
std::shared_ptr<const Snapshot> nearest_to(const Timeline& timeline, const Update& update) {
  std::shared_ptr<const Snapshot> nearest;
  if (timeline.following() || timeline.playing || std::isnan(timeline.pointed_x)) return nearest;
  const auto away = [&](const Snapshot& look) {
    return std::abs(static_cast<double>(look.step) - timeline.pointed_x);
  };
  for (const std::shared_ptr<const Snapshot>& look : update.past_looks)
    if (away(*look) < away(nearest ? *nearest : *timeline.shown)) nearest = look;
  return nearest;
}

}  // namespace

void Viewers::open(const std::string& folder, Live& live, UiState& ui, double now_s) {
  const auto& runs = live.runs.all();
  const auto known = std::find_if(runs.begin(), runs.end(), [&](const auto& run) {
    const RunStatus& status = live.runs.is_live(run->id) ? live.status : run->status;
    return !run->id.empty() && status.run_folder == folder;
  });
  if (known != runs.end()) return stand_on(live, ui, std::string((*known)->id));
  Viewed& viewed = all_.emplace_back();
  viewed.viewer = std::make_unique<Viewer>(path_of_text(folder), next_number(), wake_);
  add_toast(ui, Notice::Level::detail, "Opening " + folder, now_s);
}

void Viewers::open(const RecordingWish& wish, Live& live, UiState& ui, double now_s) {
  // By its path alone, which is the id of its run: two that read the same would both tell of one run.
  const auto known = std::find_if(all_.begin(), all_.end(), [&](const Viewed& viewed) {
    return viewed.recording && viewed.recording->wish().path == wish.path;
  });
  const bool is_same = known != all_.end() && known->recording->wish().keys == wish.keys;
  if (known != all_.end() && !known->failed && (is_same || wish.keys.empty())) {
    if (live.runs.find(known->run)) stand_on(live, ui, std::string(known->run));
    return;
  }
  // With other keys it is another recording.
  if (known != all_.end()) {
    const std::string run = known->run;
    all_.erase(known);
    if (!run.empty()) close(run, live, ui);
  }
  Viewed& viewed = all_.emplace_back();
  viewed.recording = std::make_unique<RecordingViewer>(wish, next_number(), wake_);
  add_toast(ui, Notice::Level::detail, "Opening " + wish.path.native(), now_s);
}

std::uint32_t Viewers::next_number() { return kFirstNumber + numbers_++; }

void Viewers::close(const std::string& run, Live& live, UiState& ui) {
  std::erase_if(all_, [&](const Viewed& viewed) { return viewed.run == run; });
  if (Standing here = standing_in(ui); live.runs.close(run, here)) stand(ui, std::move(here));
}

void Viewers::receive(Live& live, UiState& ui, double now_s) {
  for (Viewed& viewed : all_) {
    Update update = viewed.link().receive();
    const std::string was = std::exchange(viewed.run, update.status.run);
    if (update.status.state == RunState::failed && !std::exchange(viewed.failed, true)) {
      if (viewed.recording && viewed.recording->form() && !viewed.recording->hints().empty() && !ui.key_prompt.of)
        ask_for_keys(ui, viewed.recording->wish(), *viewed.recording->form(), viewed.recording->hints(),
                     update.status.message);
      else
        add_toast(ui, Notice::Level::error,
                  fmt::format("This {} cannot be shown: {}", viewed.recording ? "recording" : "run",
                              update.status.message),
                  now_s);
    }
    const bool is_shown = viewed.recording && !viewed.run.empty() && live.run().id == viewed.run;
    const auto nearer = is_shown ? nearest_to(ui.timeline, update) : nullptr;
    take_viewed(live, ui, std::move(update), now_s, was);
    if (nearer && !ui.timeline.following()) ui.timeline.shown = nearer;
    if (viewed.recording && !viewed.run.empty())
      if (RunView* const view = live.runs.find(viewed.run))
        view->called = name_of(viewed.recording->wish(), view->id);
  }
  scrub(live, ui);
  std::erase_if(all_, [&](const Viewed& viewed) {
    return live.runs.is_live(viewed.run) || (viewed.failed && !live.runs.find(viewed.run));
  });
}

void Viewers::scrub(Live& live, UiState& ui) {
  for (Viewed& viewed : all_) {
    const bool is_shown = viewed.recording && !viewed.run.empty() && live.run().id == viewed.run;
    const double x = ui.timeline.pointed_x;
    if (!is_shown || ui.timeline.following() || std::isnan(x)) {
      viewed.wished = -1;
      continue;
    }
    const auto step = static_cast<std::int64_t>(std::llround(std::max(0.0, x)));
    if (std::exchange(viewed.wished, step) != step) viewed.recording->wish_look(step);
    settle(ui.timeline, live.run().kept, false);
  }
}

void Viewers::ask_keys(const std::string& run, UiState& ui, double now_s) const {
  const auto at = std::find_if(all_.begin(), all_.end(),
                               [&](const Viewed& viewed) { return viewed.recording && viewed.run == run; });
  if (at == all_.end() || !at->recording->form()) return;
  const RecordingForm& form = *at->recording->form();
  if (form.keys.empty())
    add_toast(ui, Notice::Level::info, fmt::format("{}: says all there is to know; it takes no keys", form.title),
              now_s);
  else ask_for_keys(ui, at->recording->wish(), form, {}, {});
}

bool Viewers::has_news() const {
  return std::any_of(all_.begin(), all_.end(), [](const Viewed& viewed) { return viewed.link().has_news(); });
}

}  // namespace switchyard::app
