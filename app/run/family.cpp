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

namespace {

// Of the run that has the knobs, where another begins in its place.
std::string makes_way(std::string_view who, RunState state) {
  switch (state) {
    case RunState::loading:
      return fmt::format(" {}, whose model is on its way, makes way for it.", who);
    case RunState::failed:
    case RunState::stopped:
      return fmt::format(" {} has stopped already: it becomes a record beside the new run.", who);
    default:
      return fmt::format(
          " {} stops learning: what it learned is kept, and it becomes a record beside the new run. Ctrl+Z brings "
          "it back.",
          who);
  }
}

}  // namespace

std::string says_fork(const PanelInput& in, std::string_view at) {
  std::string text = fmt::format("A run of its own begins at {} and learns here.", at);
  if (!is_record(in.status) && !in.run.beside) return text + makes_way("This one", in.status.state);
  if (in.run.beside)
    text += *in.run.beside == RunState::failed ? " This one stays beside it as it is."
                                               : " This one goes on beside it.";
  else
    text += in.status.state == RunState::followed ? " The process that records this one goes on."
                                                  : " This record stays as it is.";
  // One that nobody told of anything is none that learns.
  const auto leads = std::find_if(in.others.begin(), in.others.end(), [](const RunView* run) {
    return !run->beside && !is_record(run->status) && run->status.state != RunState::loading;
  });
  if (leads != in.others.end()) text += makes_way("The run that has the knobs", (*leads)->status.state);
  else if (in.run.beside) text += makes_way("The run that has the knobs", RunState::playing);
  return text;
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
