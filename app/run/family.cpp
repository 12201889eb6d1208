#include "app/run/family.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/run/edits.h"
#include "app/run/notices.h"
#include "app/run/reference.h"
#include "app/run/timeline.h"

namespace switchyard::app {

std::vector<FamilyMember> family(const PanelInput& in) {
  std::vector<const RunView*> runs = in.others;
  runs.push_back(&in.run);
  std::sort(runs.begin(), runs.end(), [](const RunView* a, const RunView* b) { return a->place < b->place; });
  const auto parent_of = [&](const RunView* run) -> const RunView* {
    if (!run->parent) return nullptr;
    const auto at = std::find_if(runs.begin(), runs.end(),
                                 [&](const RunView* other) { return other->id == run->parent->run; });
    return at == runs.end() || *at == run ? nullptr : *at;
  };
  std::vector<FamilyMember> members;
  const auto add = [&](const auto& self, const RunView* run, int depth) -> void {
    members.push_back({run, depth});
    // A record may claim anything, a circle too.
    if (depth >= static_cast<int>(runs.size())) return;
    for (const RunView* child : runs)
      if (parent_of(child) == run) self(self, child, depth + 1);
  };
  for (const RunView* run : runs)
    if (!parent_of(run)) add(add, run, 0);
  return members;
}

void go_on_with_shown(const PanelInput& in, UiState& ui, Commands& out) {
  if (!is_record(in.status) || in.status.run_folder.empty()) return;
  if (in.run.beside) return ui.comparing.asked.push_back({in.run.id, BesideAsk::lead});
  if (in.status.state == RunState::followed)
    return add_toast(ui, Notice::Level::warning,
                     "Another process records this run: it can be forked, and gone on with once that has ended.",
                     in.now_s);
  follow(ui.timeline);  // whoever wakes a model wants to see it learn
  go_on_with(ui.knobs, out, in.status.run_folder);
}

std::string says_fork(const PanelInput& in, std::string_view at) {
  std::string text = fmt::format("A run of its own begins at {} and learns here.", at);
  constexpr std::string_view kStops =
      "stops learning: what it learned is kept, and it becomes a record beside the "
      "new run. Ctrl+Z brings it back.";
  if (!is_record(in.status) && !in.run.beside) return text + fmt::format(" This one {}", kStops);
  if (in.status.state == RunState::followed) text += " The process that records this one goes on.";
  else if (!in.run.beside) text += " This record stays as it is.";
  const bool one_learns = std::any_of(in.others.begin(), in.others.end(), [](const RunView* run) {
    return !run->beside && (run->status.state == RunState::playing || run->status.state == RunState::paused);
  });
  return one_learns || in.run.beside ? text + fmt::format(" The run that has the knobs {}", kStops) : text;
}

void fork_shown(const PanelInput& in, UiState& ui, Commands& out) {
  const std::int64_t step = in.snapshot && !ui.timeline.following() ? in.snapshot->step : in.status.step;
  const std::vector<KeptStep>& kept = in.run.kept_steps;
  const KeptStep* from = nullptr;
  for (const KeptStep& one : kept)
    if (one.step <= step) from = &one;
  // Who went to a kept step means that one, though its look may be of a step beside it.
  for (const KeptStep& one : kept)
    if (!ui.timeline.following() && one.file == ui.timeline.kept_file) from = &one;
  if (!from)
    return add_toast(
        ui, Notice::Level::warning,
        kept.empty() ? std::string("Nothing of this run is kept yet, so nothing can begin from it.")
                     : fmt::format("The first step of this run that is kept is {}: nothing can begin before it.",
                                   kept.front().step),
        in.now_s);
  branch_off(ui.knobs, out, from->file, fmt::format("Fork at step {}", from->step), began_from(in, ui));
}

}  // namespace switchyard::app
