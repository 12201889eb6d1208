#include "app/run/kept_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "app/run/edits.h"
#include "app/run/notices.h"
#include "app/run/words/run_label.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr double kUndo_s = 15;  // for so long, and while the mouse is on it, a toast offers it

std::string what_it_is(const KeptChanged& changed) {
  if (changed.is_run) return "run " + run_label(text_of_path(changed.run_folder), changed.run);
  return "step " + viz::grouped(static_cast<double>(changed.step));
}

std::string sentence(std::string text) {
  if (!text.empty()) text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

std::string with_notes(std::string text, const KeptChanged& changed) {
  for (const std::string& note : changed.notes) text += " " + note + ".";
  return text;
}

std::string refusal(const KeptChanged& changed) {
  switch (changed.change.kind) {
    case KeptChange::Kind::name:
      return "It is not named: " + changed.refused;
    case KeptChange::Kind::remove:
    case KeptChange::Kind::remove_run:
      return "It is not deleted: " + changed.refused;
    case KeptChange::Kind::put_back:
      return "It is not put back: " + changed.refused;
  }
  return changed.refused;
}

// What offers to put this back has nothing to offer any more.
void forget_trashed(UiState& ui, const std::string& entry) {
  std::erase_if(ui.toasts,
                [&](Toast& toast) { return std::erase(toast.trashed, entry) > 0 && toast.trashed.empty(); });
  std::erase(ui.library.trashed, entry);
  std::erase_if(ui.knobs.undo, [&](const EditStep& step) {
    return step.change && step.change->kind == KeptChange::Kind::put_back && step.change->where == entry;
  });
}

// Of several runs deleted at once one message tells, and offers to put them all back.
void tell_of_all_trashed(UiState& ui, const std::string& entry, double now_s) {
  LibraryView& view = ui.library;
  view.trashed.push_back(entry);
  if (view.trashed.size() < 2) return;
  Toast all = std::move(ui.toasts.back());
  ui.toasts.pop_back();
  std::erase_if(ui.toasts, [&](const Toast& toast) {
    return std::ranges::find(toast.trashed, view.trashed.front()) != toast.trashed.end();
  });
  all.trashed = view.trashed;
  all.message = fmt::format("{} runs are in the trash for 30 days.", all.trashed.size());
  all.until_s = std::max(all.until_s, now_s + kUndo_s);
  ui.toasts.push_back(std::move(all));
}

// The same of those that came back together.
void tell_of_all_back(UiState& ui) {
  Toast all = std::move(ui.toasts.back());
  ui.toasts.pop_back();
  std::size_t before = 0;
  std::erase_if(ui.toasts, [&](const Toast& toast) {
    if (toast.put_back > 0) before = toast.put_back;
    return toast.put_back > 0;
  });
  all.put_back = before + 1;
  if (all.put_back > 1) all.message = fmt::format("{} runs are back.", all.put_back);
  ui.toasts.push_back(std::move(all));
}

}  // namespace

void take_kept_change(Runs& runs, UiState& ui, const KeptChanged& changed, double now_s) {
  using Kind = KeptChange::Kind;
  const Kind kind = changed.change.kind;
  if (kind == Kind::put_back) forget_trashed(ui, changed.change.where);
  if (!changed.refused.empty()) {
    ui.library.deleting.erase(changed.change.where);
    ui.library.returning.erase(changed.change.where);
    add_toast(ui, kind == Kind::put_back ? Notice::Level::error : Notice::Level::warning, refusal(changed), now_s);
    return;
  }
  ui.kept_changed = true;
  ui.runs_changed = ui.runs_changed || changed.is_run;
  ui.library.reads_again = ui.library.reads_again || changed.is_run;
  const std::string what = what_it_is(changed);
  if (kind == Kind::name) {
    if (ui.timeline.kept_file == changed.change.where) ui.timeline.kept_file = changed.place;
    const std::string& name = changed.change.name;
    const std::string said = viz::grouped(static_cast<double>(changed.step));
    add_toast(ui, Notice::Level::info,
              name.empty() ? fmt::format("Step {} has no name any more: it thins out with the others.", said)
                           : fmt::format("Step {} is kept as {}: it never thins out.", said, name),
              now_s);
    return;
  }
  if (kind == Kind::put_back) {
    add_toast(ui, Notice::Level::info, with_notes(sentence(what) + " is back.", changed), now_s);
    if (ui.library.returning.erase(changed.change.where) > 0) tell_of_all_back(ui);
    if (std::erase(ui.trashed_here, changed.change.where) > 0)
      ui.wants_view.push_back(absolute_text(text_of_path(changed.place)));
    remember_kept_change(ui.knobs.redo, "delete of " + what,
                         {changed.is_run ? Kind::remove_run : Kind::remove, changed.place});
    return;
  }
  const std::string said = with_notes(sentence(what) + " is in the trash for 30 days.", changed);
  Toast* const toast = put_toast(ui, Notice::Level::info, said, now_s);
  toast->trashed = {changed.place};
  toast->until_s = std::max(toast->until_s, now_s + kUndo_s);
  if (ui.library.deleting.erase(changed.change.where) > 0) tell_of_all_trashed(ui, changed.place, now_s);
  remember_kept_change(ui.knobs.undo, "delete of " + what, {Kind::put_back, changed.place});
  if (!changed.is_run || !runs.find(changed.run) || runs.is_live(changed.run)) return;
  if (ui.wants_closed.empty()) ui.wants_closed = changed.run;
  else ui.wants_also_closed.push_back(changed.run);
  ui.trashed_here.push_back(changed.place);
}

}  // namespace switchyard::app
