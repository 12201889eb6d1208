#include "app/window/beside/checkpoint_host.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "app/run/notices.h"
#include "app/shell/layout/layouts.h"
#include "core/base/caught.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

// The folder's name says more than model.safetensors does; in the hub's cache, that of the repository.
std::string checkpoint_name(const std::filesystem::path& path) {
  const std::filesystem::path given = path.has_filename() ? path : path.parent_path();
  const bool is_file = given.extension() == ".safetensors" || given.extension() == ".json";
  const bool is_usual = is_file && given.filename().native().starts_with("model.");
  std::filesystem::path named = is_usual ? given.parent_path() : given;
  if (named.parent_path().filename() == "snapshots") named = named.parent_path().parent_path();
  return printable(named.has_filename() ? named.filename().native() : given.filename().native());
}

}  // namespace

void CheckpointHost::let_go(std::unique_ptr<CheckpointViewer>& viewer) {
  if (!viewer) return;
  viewer->end();
  leaving_.push_back(std::move(viewer));
}

bool CheckpointHost::has_news() const {
  return (opening_ && opening_->has_news()) || (shown_ && shown_->has_news()) ||
         std::any_of(leaving_.begin(), leaving_.end(), [](const auto& one) { return one->has_ended(); });
}

void CheckpointHost::end_all() {
  let_go(opening_);
  let_go(shown_);
}

bool CheckpointHost::has_ended() const {
  return !opening_ && !shown_ &&
         std::all_of(leaving_.begin(), leaving_.end(), [](const auto& one) { return one->has_ended(); });
}

// It is open, and what lies there is still the same.
bool CheckpointHost::shows(const std::filesystem::path& path) const {
  const auto found = WeightFiles::found_at(path),
             own = shown_ ? WeightFiles::found_at(shown_->path()) : std::nullopt;
  std::error_code code;
  return found && own && std::filesystem::equivalent(*found, *own, code) && shown_->is_in_place();
}

void CheckpointHost::serve(UiState& ui, double now_s) {
  std::erase_if(leaving_, [](const auto& one) { return one->has_ended(); });
  for (const std::filesystem::path& path : std::exchange(ui.wants_checkpoint, {})) {
    if (ui.checkpoint && shows(path)) {
      let_go(opening_);
      show(ui);
      continue;
    }
    add_toast(ui, Notice::Level::detail, "Opening " + printable(path.native()), now_s);
    let_go(opening_);
    const auto began = caught("the checkpoint", [&]() -> Result<void> {
      opening_ = std::make_unique<CheckpointViewer>(path, wake_);
      return {};
    });
    if (!began) add_toast(ui, Notice::Level::error, began.error().message, now_s);
  }
  if (opening_) open(ui, now_s);
  if (ui.checkpoint && std::exchange(ui.checkpoint->close_wanted, false)) {
    if (ui.arranging.workspace == Workspace::checkpoint) show_workspace(ui, ui.checkpoint->came_from);
    let_go(shown_);
    ui.checkpoint.reset();
  }
  if (!shown_ || !ui.checkpoint) return;
  take_wishes(ui);
  const std::shared_ptr<const CheckpointNews> before = ui.checkpoint->news;
  ui.checkpoint->news = shown_->news();
  const CheckpointNews& news = *ui.checkpoint->news;
  if (!news.pass.runs) ui.checkpoint->cancel_pass_wanted = false;
  if (!news.decomposing.runs) ui.checkpoint->cancel_expert_wanted = false;
  if (news.changed != before->changed) add_toast(ui, Notice::Level::error, printable(news.changed), now_s);
  for (const auto work : {&CheckpointNews::routing, &CheckpointNews::pass, &CheckpointNews::decomposing})
    if (const std::string& why = (news.*work).why_not;
        !why.empty() && why != ((*before).*work).why_not && why != news.changed)
      add_toast(ui, Notice::Level::error, printable(why), now_s);
}

void CheckpointHost::open(UiState& ui, double now_s) {
  const std::shared_ptr<const CheckpointNews> news = opening_->news();
  if (!news->why_not.empty()) {
    add_toast(ui, Notice::Level::error, "This checkpoint cannot be shown: " + printable(news->why_not), now_s);
    return let_go(opening_);
  }
  if (!news->facts) return;
  auto shown = std::make_shared<CheckpointShown>();
  shown->news = news;
  shown->name = checkpoint_name(news->path);
  shown->came_from = ui.checkpoint ? ui.checkpoint->came_from : Workspace::train;
  ui.plots.erase("expert-spectrum");
  ui.checkpoint = std::move(shown);
  let_go(shown_);
  shown_ = std::move(opening_);
  show(ui);
}

void CheckpointHost::show(UiState& ui) {
  if (ui.arranging.workspace != Workspace::checkpoint) ui.checkpoint->came_from = ui.arranging.workspace;
  show_workspace(ui, Workspace::checkpoint);
}

void CheckpointHost::take_wishes(UiState& ui) {
  CheckpointShown& shown = *ui.checkpoint;
  if (std::exchange(shown.read_all_wanted, false)) shown_->read_all();
  if (shown.cancel_pass_wanted) shown_->cancel_pass();
  if (shown.cancel_expert_wanted) shown_->cancel_decomposing();
  if (const auto place = std::exchange(shown.expert_wanted, std::nullopt)) shown_->decompose(*place);
}

}  // namespace switchyard::app
