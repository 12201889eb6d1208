#include "app/window/memory/window_memory.h"

#include "core/base/caught.h"
#include "core/base/file_name.h"
#include "core/record/folder/run_place.h"

namespace switchyard::app {

namespace fs = std::filesystem;

void WindowMemory::give(Runs& runs) const {
  for (const auto& [id, chosen] : left_.runs) runs.remembered.insert_or_assign(id, chosen);
}

void WindowMemory::recorded_in(const std::string& run_folder) {
  if (!remembers_ || run_folder.empty() || !told_.insert(run_folder).second) return;
  fs::path folder = path_of_text(absolute_text(text_of_path(run_folder)));
  if (!folder.is_absolute() || folder.parent_path() == default_runs_directory().lexically_normal()) return;
  std::erase(recorded_in_, folder);
  recorded_in_.insert(recorded_in_.begin(), std::move(folder));
  write();
}

void WindowMemory::opened(const UsedPaths& used) {
  if (!remembers_ || used == used_) return;
  used_ = used;
  write();
}

void WindowMemory::shows_studies(const fs::path& study, const fs::path& sweep) {
  const auto is_news = [](const fs::path& now, std::optional<fs::path>& told, const fs::path& left) {
    if (now == told.value_or(left)) return false;
    told = now;
    return true;
  };
  const bool of_study = is_news(study, study_, left_.study), of_sweep = is_news(sweep, sweep_, left_.sweep);
  if (remembers_ && (of_study || of_sweep)) write();
}

WindowNews WindowMemory::news() const {
  const auto in_full = [](std::optional<fs::path> path) {
    if (path && !path->empty()) path = path_of_text(absolute_text(text_of_path(path->native())));
    return path;
  };
  return {recorded_in_, gone_, {}, used_, in_full(study_), in_full(sweep_)};
}

void WindowMemory::write() {
  // Without a thread to be had the end of the window will do.
  (void)caught("the window's state", [&]() -> Result<void> {
    writing_ = std::async(std::launch::async, [news = news()] {
      (void)caught("the window's state", [&]() -> Result<void> {
        add_to_window_state(news);
        return {};
      });
    });
    return {};
  });
}

void WindowMemory::end(const Live& live, const UiState& ui) {
  if (writing_.valid()) writing_.wait();
  if (!remembers_) return;
  WindowNews told = news();
  // A run without a folder does not come back.
  const auto& runs = live.runs.all();
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    const RunView& view = **run;
    if ((live.runs.is_live(view.id) ? live.status : view.status).run_folder.empty()) continue;
    // One that has not had a look has not taken up what was chosen in it either.
    if (view.id.empty() || !view.snapshot || live.runs.remembered.contains(view.id)) continue;
    told.chosen.emplace_back(view.id,
                             chosen_in(&view == &live.run() ? standing_in(ui) : view.standing, *view.snapshot));
  }
  add_to_window_state(told);
}

}  // namespace switchyard::app
