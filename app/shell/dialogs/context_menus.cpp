#include "app/shell/dialogs/context_menus.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "app/run/compared.h"
#include "app/run/edits.h"
#include "app/run/family.h"
#include "app/run/notices.h"
#include "app/run/reference.h"
#include "app/run/timeline.h"
#include "app/shell/dialogs/knob_menu.h"
#include "app/shell/dialogs/menu_parts.h"
#include "app/shell/dialogs/name_prompt.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr const char *kKeptPopup = "kept step menu", *kRunPopup = "run menu";

std::string number(std::int64_t step) { return viz::grouped(static_cast<double>(step)); }

// "validation loss 1.234 · at intervals · 1.8 MB".
std::string about(const KeptStep& kept) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : " · ") + part; };
  if (std::isfinite(kept.val_loss)) add("validation loss " + viz::fixed_significant(kept.val_loss, 4));
  if (!kept.why.empty())
    add(kept.why == "best validation" ? "kept as the best by validation" : "kept " + printable(kept.why));
  if (kept.bytes > 0) add(fmt::format("{:.1f} MB", static_cast<double>(kept.bytes) / 1048576));
  return text;
}

void go_back_to(const PanelInput& in, UiState& ui, Commands& out, const KeptStep& kept) {
  follow(ui.timeline);  // whoever goes back wants to see it learn
  branch_off(ui.knobs, out, kept.file, "Go back to step " + number(kept.step), began_from(in, ui));
  add_toast(ui, Notice::Level::info,
            fmt::format("Back to step {}, in a run of its own. What came after it stays: click {} above the "
                        "timeline to stand on that{}.",
                        number(kept.step), in.run.label(in.status), is_record(in.status) ? "" : ", or Ctrl+Z"),
            in.now_s);
}

std::string says_delete(const PanelInput& in, const KeptStep& kept) {
  const std::vector<KeptStep>& all = in.run.kept_steps;
  std::string says = "To the trash, for 30 days; Ctrl+Z brings it back.";
  if (all.size() == 1) says += " Nothing else of this run is kept.";
  else if (all.back().file == kept.file)
    says += fmt::format(" It is the newest: this run would go on from step {}.", number(all[all.size() - 2].step));
  for (const RunView* other : in.others)
    if (other->parent && other->parent->run == in.run.id && other->parent->step == kept.step)
      says += fmt::format(" {} began here.", other->label(other->status));
  return says;
}

// The one before or behind it, `by` places; null: there is none.
const KeptStep* neighbour_of(const PanelInput& in, const KeptStep& kept, int by) {
  const std::vector<KeptStep>& all = in.run.kept_steps;
  const std::ptrdiff_t to = (&kept - all.data()) + by;
  return to < 0 || to >= static_cast<std::ptrdiff_t>(all.size()) ? nullptr : &all[static_cast<std::size_t>(to)];
}

// What a run that learns beside can be asked.
void ask_beside(const Skin& skin, UiState& ui, const RunView& run) {
  if (menu_entry(skin, "Lead", kSaysLead)) ui.comparing.asked.push_back({run.id, BesideAsk::lead});
  const bool plays = *run.beside == RunState::playing;
  if (menu_entry(skin, plays ? "Pause" : "Play", kSaysAlone))
    ui.comparing.asked.push_back({run.id, plays ? BesideAsk::pause : BesideAsk::play});
}

void kept_menu(const Skin& skin, const PanelInput& in, UiState& ui, Commands& out, const KeptStep& kept) {
  const float small = skin.px(22), right = ImGui::GetCursorPosX() + skin.px(kMenuWidth);
  menu_title(skin, "Step " + number(kept.step) + (kept.name.empty() ? "" : " · " + printable(kept.name)),
             kMenuWidth - 2 * 22 - 16);
  ImGui::SameLine(0, 0);
  const auto step_to = [&](const char* name, Icon icon, const KeptStep* to, float x) {
    ImGui::SetCursorPosX(x);
    if (button(skin, {.look = ButtonLook::quiet,
                      .icon = icon,
                      .size = {small, small},
                      .enabled = to != nullptr,
                      .name = name}) &&
        to)
      ui.context_menu.file = to->file;
    if (mouse_rests(name)) tooltip(skin, name, to ? "Step " + number(to->step) : "There is none.");
  };
  step_to("previous kept step", Icon::chevron_left, neighbour_of(in, kept, -1), right - 2 * small);
  ImGui::SameLine(0, 0);
  step_to("next kept step", Icon::chevron_right, neighbour_of(in, kept, 1), right - small);
  ImGui::Indent(skin.px(8));
  wrapped_text(skin.theme.fonts.small, skin.theme.text_dim, about(kept), skin.px(kMenuWidth));
  ImGui::Unindent(skin.px(8));
  ImGui::Dummy({0, skin.px(1)});
  ImGui::Separator();

  const bool beside = in.run.beside.has_value(), followed = !beside && in.status.state == RunState::followed;
  const std::string others = beside     ? "It learns beside: once it leads, what it keeps can be changed."
                             : followed ? "Another process records this run: what it keeps is its own to change."
                                        : "";
  if (beside) ask_beside(skin, ui, in.run);
  if (menu_entry(
          skin, "Go back to here",
          "Learning goes on from this step, in a run of its own. What came after it stays, as a run beside it.",
          beside     ? "It learns beside: once it leads it can go back. Fork here begins another run."
          : followed ? "Another process records this run. Fork here begins one of your own."
                     : ""))
    go_back_to(in, ui, out, kept);
  if (menu_entry(skin, "Fork here", says_fork(in, "this step") + " For settings that are to differ from here on."))
    branch_off(ui.knobs, out, kept.file, "Fork at step " + number(kept.step), began_from(in, ui));
  if (menu_entry(skin, kept.name.empty() ? "Name…" : "Rename…",
                 kept.name.empty() ? "With a name it is never thinned away."
                                   : "Without a name it thins out with the others.",
                 others))
    ask_to_name(ui, kept);
  if (menu_entry(skin, "Delete", says_delete(in, kept), others))
    out.emplace_back(ChangeKept{{KeptChange::Kind::remove, kept.file}});
}

// Of the window; null: it has none of that id.
const RunView* run_of(const PanelInput& in, const std::string& id) {
  if (in.run.id == id) return &in.run;
  for (const RunView* other : in.others)
    if (other->id == id) return other;
  return nullptr;
}

}  // namespace

const KeptStep* kept_near_moment(const PanelInput& in, const UiState& ui) {
  const std::vector<KeptStep>& all = in.run.kept_steps;
  if (!ui.timeline.following())
    for (const KeptStep& one : all)
      if (one.file == ui.timeline.kept_file) return &one;
  const std::int64_t step = in.snapshot && !ui.timeline.following() ? in.snapshot->step : in.status.step;
  return nearest_kept(all, static_cast<double>(step));
}

void open_kept_menu(const PanelInput& in, UiState& ui, const KeptStep& kept) {
  ui.context_menu = {
      .of = ContextMenu::Of::kept_step, .opens = true, .at = {NAN, NAN}, .run = in.run.id, .file = kept.file};
}

void open_run_menu(UiState& ui, std::string run, std::string folder, std::string label, viz::Point at) {
  ui.context_menu = {.of = ContextMenu::Of::run,
                     .opens = true,
                     .at = at,
                     .run = std::move(run),
                     .folder = std::move(folder),
                     .label = std::move(label)};
}

std::string why_run_stays(const PanelInput& in, const std::string& run) {
  const RunView* const view = run_of(in, run);
  if (!view) return {};
  const RunStatus& status = status_of(in, *view);
  if (view->beside) return "It learns in this window.";
  if (status.state == RunState::followed) return "Another process records this run.";
  if (!is_record(status)) return "It learns in this window.";
  if (status.run_folder.empty()) return "It has no folder.";
  if (in.others.empty()) return "It is the only run of this window.";
  return {};
}

void move_run_to_trash(const PanelInput& in, Commands& out) {
  if (why_run_stays(in, in.run.id).empty())
    out.emplace_back(ChangeKept{{KeptChange::Kind::remove_run, in.status.run_folder}});
}

void draw_context_menus(const PanelInput& in, UiState& ui, Commands& out) {
  ContextMenu& menu = ui.context_menu;
  if (menu.of == ContextMenu::Of::nothing) return;
  const Skin skin{in.theme, in.scale};
  const bool opens = std::exchange(menu.opens, false);
  if (opens) menu.closes = false;
  if (menu.of == ContextMenu::Of::run) {
    if (!begin_context_menu(skin, kRunPopup, opens, menu.at)) {
      menu = {};
      return;
    }
    if (menu.closes) ImGui::CloseCurrentPopup();
    menu_title(skin, menu.label);
    const RunView* const run = run_of(in, menu.run);
    if (run && run->beside) ask_beside(skin, ui, *run);
    if (run && !status_of(in, *run).run_folder.empty() &&
        menu_entry(skin, run->called.empty() ? "Name…" : "Rename…",
                   "What it is called in cards, lists and figures; its folder keeps it."))
      ask_to_name_run(ui, *run);
    if (menu_entry(skin, "Move to trash", "The whole folder, for 30 days; Ctrl+Z brings it back.",
                   why_run_stays(in, menu.run)))
      out.emplace_back(ChangeKept{{KeptChange::Kind::remove_run, menu.folder}});
    return end_context_menu();
  }
  if (menu.of == ContextMenu::Of::knob) {
    if (!draw_knob_menu(skin, in, ui, out, opens)) menu = {};
    return;
  }
  const auto& all = in.run.kept_steps;
  const auto kept =
      std::find_if(all.begin(), all.end(), [&](const KeptStep& one) { return one.file == menu.file; });
  // What it was about may be gone, or of a run that is not shown any more.
  const bool gone = menu.run != in.run.id || kept == all.end();
  if (!begin_context_menu(skin, kKeptPopup, opens && !gone, menu.at)) {
    menu = {};
    return;
  }
  if (gone || menu.closes) ImGui::CloseCurrentPopup();
  else kept_menu(skin, in, ui, out, *kept);
  end_context_menu();
}

}  // namespace switchyard::app
