#include "app/shell/actions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/cli/presets.h"
#include "app/panels/explanations.h"
#include "app/panels/panel_table.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/point_text.h"
#include "app/panels/timeline/timeline_panel.h"
#include "app/run/timeline.h"
#include "app/shell/chooser_view.h"
#include "app/shell/context_menus.h"
#include "app/shell/dividers.h"
#include "app/shell/layouts.h"
#include "app/shell/name_prompt.h"
#include "app/shell/run_strip.h"
#include "app/shell/tour.h"
#include "app/shell/transport.h"
#include "app/ui/panel_exports.h"
#include "app/ui/widgets.h"
#include "core/config/knobs.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

using viz::Key;
using Context = ActionContext;

constexpr std::int64_t kManySteps = 10;

// Another workspace; what its panels had lit goes out with them.
void show_workspace(UiState& ui, Workspace workspace) {
  ui.arranging.workspace = workspace;
  ui.arranging.filled.clear();
  ui.arranging.dragged = ui.arranging.by_keys = -1;
  ui.hovered_expert = ui.pinned_expert;
  ui.hover_source = HoverSource::none;
}

void open_palette(UiState& ui, Palette::Open what) {
  const bool close = ui.palette.open == what;
  ui.palette = {};
  if (!close) ui.palette.open = what;
}

bool is_read(const Reading& reading) { return reading.tour >= 0 || !reading.term.empty() || !reading.panel.empty(); }

void end_reading(Reading& reading) {
  reading.tour = -1;
  reading.term.clear();
  reading.panel.clear();
}

// F1: what stands open is closed; else the panel under the mouse is explained, or the window.
void explain(UiState& ui) {
  const bool open = ui.show_help || is_read(ui.reading);
  ui.show_help = !open && ui.reading.under_mouse.empty();
  const std::string panel = ui.reading.under_mouse;
  end_reading(ui.reading);
  if (!open) ui.reading.panel = panel;
}

// What Escape takes back: the page on top, the panel that fills the window, then what is chosen.
void take_back(UiState& ui) {
  if (ui.show_help || ui.show_about) {
    ui.show_help = ui.show_about = false;
  } else if (is_read(ui.reading)) {
    end_reading(ui.reading);
  } else if (!ui.arranging.filled.empty()) {
    ui.arranging.filled.clear();
  } else if (ui.selection.active()) {
    ui.selection = {};
  } else {
    pin_expert(ui, -1);
  }
}

// "Undo Experts: 8 to 12", and whether it changes the model under the curves.
std::string step_text(const char* verb, const std::vector<EditStep>& steps) {
  if (steps.empty()) return verb;
  return fmt::format("{} {}{}", verb, steps.back().what, steps.back().ended > 0 ? " (its model comes back)" : "");
}

bool may_run(const Context& c) { return can_run(c.in.status); }

void add_run(std::vector<Action>& out) {
  out.push_back({.id = "run.play",
                 .group = "Run",
                 .title = "Play or pause",
                 .chord = Chord{.key = Key::space},
                 .run =
                     [](const Context& c) {
                       if (is_record(c.in.status)) go_on_with_shown(c.in, c.ui, c.out);
                       else play_or_pause(c.in.status, c.out);
                     },
                 .enabled = [](const Context& c) { return may_run(c) || c.in.status.state == RunState::opened; }});
  out.push_back({.id = "run.step",
                 .group = "Run",
                 .title = "One step",
                 .chord = Chord{.key = Key::period, .repeats = true},
                 .run = [](const Context& c) { step(c.in.status, 1, c.out); },
                 .enabled = may_run});
  out.push_back({.id = "run.ten-steps",
                 .group = "Run",
                 .title = "Ten steps",
                 .chord = Chord{.key = Key::period, .shift = true, .repeats = true},
                 .run = [](const Context& c) { step(c.in.status, kManySteps, c.out); },
                 .enabled = may_run});
  out.push_back({.id = "run.reset",
                 .group = "Run",
                 .title = "Reset: a new model from the seed",
                 .chord = Chord{.key = Key::r},
                 .run = [](const Context& c) { reset(c.in.status, c.ui.knobs, c.out); },
                 .enabled = may_run});
  out.push_back({.id = "run.fork",
                 .group = "Run",
                 .title = "Fork here",
                 .run = [](const Context& c) { fork_shown(c.in, c.ui, c.out); },
                 .enabled = [](const Context& c) { return !c.in.status.run_folder.empty(); },
                 .detail = "A run of its own from the newest checkpoint up to the moment that is shown. This one stays as it is."});
  out.push_back({.id = "run.stand-on-next",
                 .group = "Run",
                 .title = "Stand on the next run",
                 .run =
                     [](const Context& c) {
                       const std::vector<FamilyMember> runs = family(c.in);
                       for (std::size_t i = 0; i < runs.size(); ++i)
                         if (runs[i].run == &c.in.run) c.ui.wants_shown = runs[(i + 1) % runs.size()].run->id;
                     },
                 .enabled = [](const Context& c) { return !c.in.others.empty(); }});
  out.push_back({.id = "edit.undo",
                 .group = "Edit",
                 .title = "Undo",
                 .chord = Chord{.key = Key::z, .ctrl = true, .repeats = true},
                 .run = [](const Context& c) { undo_edit(c.ui.knobs, c.out); },
                 .enabled = [](const Context& c) { return !c.ui.knobs.undo.empty(); },
                 .detail = "Of an edit, a preset, a text or a reset. Where it ended a model, that model comes back as it was.",
                 .says = [](const Context& c) { return step_text("Undo", c.ui.knobs.undo); }});
  out.push_back({.id = "edit.redo",
                 .group = "Edit",
                 .title = "Redo",
                 .chord = Chord{.key = Key::z, .ctrl = true, .shift = true, .repeats = true},
                 .run = [](const Context& c) { redo_edit(c.ui.knobs, c.out); },
                 .enabled = [](const Context& c) { return !c.ui.knobs.redo.empty(); },
                 .says = [](const Context& c) { return step_text("Redo", c.ui.knobs.redo); }});
}

void add_go_back(std::vector<Action>& out) {
  out.push_back({.id = "edit.go-back",
                 .group = "Edit",
                 .title = "Go back to before it failed",
                 .run =
                     [](const Context& c) {
                       branch_off(c.ui.knobs, c.out, c.in.status.sane_checkpoint,
                                  fmt::format("Go back to step {}", c.in.status.sane_step));
                     },
                 .enabled =
                     [](const Context& c) {
                       return c.in.status.state == RunState::failed && !c.in.status.sane_checkpoint.empty();
                     },
                 .detail = "A new run from the newest checkpoint of this one whose validation loss was still sane; this one stays.",
                 .says =
                     [](const Context& c) {
                       return c.in.status.sane_checkpoint.empty()
                                  ? std::string("Go back to before it failed")
                                  : fmt::format("Go back to step {}, before it failed", c.in.status.sane_step);
                     }});
}

const KeptStep* kept_here(const Context& c) { return kept_near_moment(c.in, c.ui); }

void add_kept(std::vector<Action>& out) {
  out.push_back({.id = "edit.kept-step",
                 .group = "Edit",
                 .title = "Kept step…",
                 .chord = Chord{.key = Key::f10, .shift = true},
                 .run = [](const Context& c) { open_kept_menu(c.in, c.ui, *kept_here(c)); },
                 .enabled = [](const Context& c) { return kept_here(c) != nullptr; },
                 .detail = "Of the one nearest to the moment that is shown: go back to it, fork, name, delete.",
                 .says =
                     [](const Context& c) {
                       const KeptStep* const kept = kept_here(c);
                       return kept ? fmt::format("Kept step {}…", viz::grouped(static_cast<double>(kept->step)))
                                   : "Kept step…";
                     }});
  out.push_back({.id = "run.trash",
                 .group = "Run",
                 .title = "Move this run to the trash",
                 .run = [](const Context& c) { move_run_to_trash(c.in, c.out); },
                 .enabled = [](const Context& c) { return why_run_stays(c.in, c.in.run.id).empty(); },
                 .detail = "The folder of the run that is shown, where nothing learns in it, for 30 days."});
}

bool has_kept(const Context& c) { return !c.in.run.kept.empty(); }

void add_timeline(std::vector<Action>& out) {
  const auto stepping = [](int by) {
    return
        [by](const Context& c) { show_neighbour(c.ui.timeline, c.in.run.kept, by, learns_points(c.in.status)); };
  };
  const auto zooming = [](double factor) {
    return [factor](const Context& c) { zoom_timeline(c.in, c.ui.timeline, kMissing, factor); };
  };
  out.push_back({.id = "timeline.live",
                 .group = "Timeline",
                 .title = "Live: follow the newest snapshot",
                 .chord = Chord{.key = Key::l},
                 .run = [](const Context& c) { follow(c.ui.timeline); },
                 .chosen = [](const Context& c) { return c.ui.timeline.following(); }});
  out.push_back({.id = "timeline.previous",
                 .group = "Timeline",
                 .title = "Previous snapshot",
                 .chord = Chord{.key = Key::a, .repeats = true},
                 .run = stepping(-1),
                 .enabled = has_kept,
                 .detail = "Every view of a snapshot goes there; training goes on."});
  out.push_back({.id = "timeline.next",
                 .group = "Timeline",
                 .title = "Next snapshot",
                 .chord = Chord{.key = Key::d, .repeats = true},
                 .run = stepping(1),
                 .enabled = has_kept});
  out.push_back({.id = "timeline.play",
                 .group = "Timeline",
                 .title = "Play or pause snapshots",
                 .chord = Chord{.key = Key::space, .shift = true},
                 .run =
                     [](const Context& c) {
                       play_or_pause(c.ui.timeline, c.in.run.kept, c.in.now_s, learns_points(c.in.status));
                     },
                 .enabled = has_kept,
                 .detail = "Runs through what was kept, from the beginning if you follow now."});
  out.push_back({.id = "timeline.zoom-in",
                 .group = "Timeline",
                 .title = "Zoom in on the timeline",
                 .chord = Chord{.key = Key::w, .repeats = true},
                 .run = zooming(0.7)});
  out.push_back({.id = "timeline.zoom-out",
                 .group = "Timeline",
                 .title = "Zoom out of the timeline",
                 .chord = Chord{.key = Key::s, .repeats = true},
                 .run = zooming(1 / 0.7)});
}

void add_open(std::vector<Action>& out) {
  out.push_back({.id = "file.open-text",
                 .group = "File",
                 .title = "Open a text…",
                 .chord = Chord{.key = Key::o, .ctrl = true, .while_typing = true},
                 .run = [](const Context& c) { open_chooser(c.in, c.ui, Chooses::text); },
                 .enabled = [](const Context& c) { return c.ui.knobs.is_set; },
                 .detail = "A new model learns it from the start. Dropping it on the window does the same."});
  out.push_back(
      {.id = "file.open-run",
       .group = "File",
       .title = "Open a run…",
       .chord = Chord{.key = Key::o, .ctrl = true, .shift = true, .while_typing = true},
       .run = [](const Context& c) { open_chooser(c.in, c.ui, Chooses::run); },
       .detail = "To look at it, or to go on with it. Dropping its folder on the window does the same."});
  out.push_back({.id = "file.open-settings",
                 .group = "File",
                 .title = "Open settings…",
                 .run = [](const Context& c) { open_chooser(c.in, c.ui, Chooses::settings); },
                 .enabled = [](const Context& c) { return c.ui.knobs.is_set; },
                 .detail = "A config.json, of a run or your own. Dropping it on the window does the same."});
}

void add_file(std::vector<Action>& out) {
  out.push_back({.id = "file.keep",
                 .group = "File",
                 .title = "Keep this model",
                 .chord = Chord{.key = Key::s, .ctrl = true, .while_typing = true},
                 .run = [](const Context& c) { ask_to_keep(c.in, c.ui); },
                 .enabled = [](const Context& c) { return can_run(c.in.status) && c.in.status.step > 0; },
                 .detail = "Under a name: weights, optimizer and place in the data, to go on from later."});
  out.push_back({.id = "file.copy-setup",
                 .group = "File",
                 .title = "Copy setup",
                 .run = [](const Context& c) { copy_setup(c.in, c.ui); },
                 .enabled = [](const Context& c) { return c.in.status.config != nullptr; },
                 .detail = "The settings that run now, as one line for a terminal: switchyard --config-text …"});
  out.push_back({.id = "file.save-setup",
                 .group = "File",
                 .title = "Save setup…",
                 .run = [](const Context& c) { ask_to_save_setup(c.ui); },
                 .enabled = [](const Context& c) { return c.in.status.config != nullptr; },
                 .detail = "The settings that run now, as a preset of your own."});
  out.push_back({.id = "file.export-run",
                 .group = "File",
                 .title = "Export run folder",
                 .run = [](const Context& c) { export_run(c.in, c.ui, c.out); },
                 .detail = "Writes the weights now, then copies the folder's path."});
  out.push_back({.id = "file.screenshot",
                 .group = "File",
                 .title = "Screenshot",
                 .chord = Chord{.key = Key::f12, .while_typing = true},
                 .run = [](const Context& c) { c.ui.wants_screenshot = true; },
                 .detail = "Into the run folder."});
  out.push_back({.id = "file.quit",
                 .group = "File",
                 .title = "Quit",
                 .chord = Chord{.key = Key::q, .ctrl = true, .while_typing = true},
                 .run = [](const Context& c) { c.ui.wants_quit = true; }});
}

void add_view(std::vector<Action>& out) {
  out.push_back({.id = "view.palette",
                 .group = "View",
                 .title = "Every action",
                 .chord = Chord{.key = Key::p, .ctrl = true, .shift = true, .while_typing = true},
                 .run = [](const Context& c) { open_palette(c.ui, Palette::Open::commands); }});
  out.push_back({.id = "view.find",
                 .group = "View",
                 .title = "Find an expert or a text",
                 .chord = Chord{.key = Key::f, .ctrl = true, .while_typing = true},
                 .run = [](const Context& c) { open_palette(c.ui, Palette::Open::find); }});
  out.push_back({.id = "view.expert-card",
                 .group = "View",
                 .title = "Show expert card",
                 .run = [](const Context& c) { show_workspace(c.ui, Workspace::specialization); },
                 .detail = "Of the expert that was clicked or found last: load, tokens, weights, company."});
  out.push_back({.id = "view.knobs",
                 .group = "View",
                 .title = "Knobs",
                 .chord = Chord{.key = Key::k, .ctrl = true, .while_typing = true},
                 .run =
                     [](const Context& c) {
                       Arranging& a = c.ui.arranging;
                       a.knobs[static_cast<std::size_t>(a.workspace)] = !a.shows_knobs();
                     },
                 .chosen = [](const Context& c) { return c.ui.arranging.shows_knobs(); },
                 .detail = "Shows or hides them in this workspace."});
  out.push_back({.id = "view.timeline",
                 .group = "View",
                 .title = "Timeline",
                 .run = [](const Context& c) { c.ui.show_timeline = !c.ui.show_timeline; },
                 .chosen = [](const Context& c) { return c.ui.show_timeline; }});
  out.push_back({.id = "view.all-panels",
                 .group = "View",
                 .title = "All panels again",
                 .run = [](const Context& c) { c.ui.arranging.filled.clear(); },
                 .enabled = [](const Context& c) { return !c.ui.arranging.filled.empty(); },
                 .detail = "Where one fills the window, by a double click on its title. Escape does it too."});
  out.push_back({.id = "view.dividers",
                 .group = "View",
                 .title = "Move dividers with the keys",
                 .chord = Chord{.key = Key::f8},
                 .run = [](const Context& c) { toggle_divider_keys(c.ui.arranging); },
                 .detail = "Arrow keys move the lit one, Tab takes the next, Enter ends."});
  out.push_back({.id = "view.reset-layout",
                 .group = "View",
                 .title = "Reset layout",
                 .run =
                     [](const Context& c) {
                       c.ui.arranging.shares.clear();
                       c.ui.arranging.knobs = {};
                     },
                 .detail = "Every divider of every workspace where it was at first."});
  out.push_back({.id = "view.theme.dark",
                 .group = "Theme",
                 .title = "Dark",
                 .run = [](const Context& c) { c.ui.light_theme = false; },
                 .chosen = [](const Context& c) { return !c.ui.light_theme; }});
  out.push_back({.id = "view.theme.light",
                 .group = "Theme",
                 .title = "Light",
                 .run = [](const Context& c) { c.ui.light_theme = true; },
                 .chosen = [](const Context& c) { return c.ui.light_theme; }});
  for (const float scale : kScales)
    out.push_back({.id = fmt::format("view.scale.{}", scale),
                   .group = "Size",
                   .title = fmt::format("{:.0f} %", 100 * scale),
                   .run = [scale](const Context& c) { c.ui.scale = scale; },
                   .chosen = [scale](const Context& c) { return c.ui.scale == scale; },
                   .detail = "Size of the interface."});
  out.push_back({.id = "view.log",
                 .group = "View",
                 .title = "Log",
                 .run = [](const Context& c) { c.ui.show_log = !c.ui.show_log; },
                 .chosen = [](const Context& c) { return c.ui.show_log; }});
  out.push_back({.id = "view.presets",
                 .group = "View",
                 .title = "Presets strip",
                 .run = [](const Context& c) { c.ui.show_welcome = !c.ui.show_welcome; },
                 .chosen = [](const Context& c) { return c.ui.show_welcome; }});
  out.push_back({.id = "help.reading",
                 .group = "Help",
                 .title = "Reading the window",
                 .chord = Chord{.key = Key::f1, .while_typing = true},
                 .run = [](const Context& c) { explain(c.ui); },
                 .detail = "With the mouse on a panel: what that one shows, how to read it, and one thing to try."});
  out.push_back({.id = "help.terms",
                 .group = "Help",
                 .title = "What a term means…",
                 .run = [](const Context& c) { open_palette(c.ui, Palette::Open::find); }});
  out.push_back({.id = "help.tour", .group = "Help", .title = "Tour of the window", .run = [](const Context& c) { start_tour(c.ui); }});
  out.push_back({.id = "help.about",
                 .group = "Help",
                 .title = "About Switchyard",
                 .run = [](const Context& c) { c.ui.show_about = true; }});
}

void add_workspaces(std::vector<Action>& out) {
  for (const WorkspaceSpec& spec : workspaces()) {
    const auto key = static_cast<Key>(static_cast<int>(Key::digit_1) + static_cast<int>(spec.id));
    out.push_back({.id = fmt::format("workspace.{}", spec.name),
                   .group = "Workspace",
                   .title = std::string(spec.title),
                   .chord = Chord{.key = key, .ctrl = true, .while_typing = true},
                   .run = [id = spec.id](const Context& c) { show_workspace(c.ui, id); },
                   .chosen = [id = spec.id](const Context& c) { return c.ui.arranging.workspace == id; },
                   .detail = std::string(spec.shows)});
  }
}

Action preset_action(const char* id, const Preset& preset) {
  return {.id = id + preset.name,
          .group = "Start from",
          .title = preset.title,
          .run = [preset](const Context& c) { apply_preset(preset, c.in.status, c.ui, c.out); },
          .enabled = [](const Context& c) { return c.ui.knobs.is_set; },
          .chosen = [preset](const Context& c) { return is_in_force(preset, c.ui); },
          .detail = preset.description};
}

void add_presets(std::vector<Action>& out) {
  for (const Preset& preset : presets()) out.push_back(preset_action("preset.", preset));
}

void add_knobs(std::vector<Action>& out) {
  for (const Knob& knob : knobs())
    out.push_back({.id = fmt::format("knob.{}", knob.key),
                   .group = "Set",
                   .title = std::string(knob.label),
                   .run =
                       [key = std::string(knob.key)](const Context& c) {
                         Arranging& a = c.ui.arranging;
                         if (!a.shows_knobs()) a.knobs[static_cast<std::size_t>(a.workspace)] = true;
                         c.ui.knobs.wanted_key = key;
                       },
                   .enabled = [](const Context& c) { return c.ui.knobs.is_set; },
                   .detail = fmt::format("{} · {}", knob.key, allowed_range(knob))});
}

void add_explanations(std::vector<Action>& out) {
  for (const Explanation& about : explanations()) {
    const PanelSpec* const panel = find_panel(about.panel);
    out.push_back({.id = fmt::format("explain.{}", about.panel),
                   .group = "Explain",
                   .title = std::string(panel ? panel->title : "Knobs"),
                   .run = [id = std::string(about.panel)](const Context& c) { c.ui.reading.panel = id; },
                   .detail = std::string(about.shows)});
  }
}

std::vector<Action> make_actions() {
  std::vector<Action> out;
  add_run(out);
  add_go_back(out);
  add_kept(out);
  add_workspaces(out);
  add_timeline(out);
  add_view(out);
  add_open(out);
  add_file(out);
  add_presets(out);
  add_knobs(out);
  add_explanations(out);
  return out;
}

}  // namespace

std::span<const Action> actions() {
  static const std::vector<Action> table = make_actions();
  return table;
}

const Action* find_action(std::string_view id) {
  for (const Action& action : actions())
    if (action.id == id) return &action;
  return nullptr;
}

std::vector<Action> own_preset_actions(const UiState& ui) {
  std::vector<Action> out;
  for (const Preset& preset : ui.own_presets) out.push_back(preset_action("own-preset.", preset));
  return out;
}

std::vector<Action> passing_actions(const PanelInput& in, const UiState& ui) {
  std::vector<Action> out = own_preset_actions(ui);
  for (std::size_t layer = 0; layer < in.run.history.layers(); ++layer) {
    const int index = static_cast<int>(layer);
    out.push_back({.id = fmt::format("layer.{}", layer),
                   .group = "Show",
                   .title = layer_name(layer),
                   .run = [index](const Context& c) { c.ui.layer = index; },
                   .chosen = [index](const Context& c) { return c.ui.layer == index; },
                   .detail = "In every panel that shows one layer."});
  }
  const bool points = learns_points(in.status);
  const Split split = standard_layout(ui.arranging.workspace, {points ? 1 : 0, {}});
  auto on_screen = panels_of(split);
  for (const std::string_view id : on_screen) {
    const PanelSpec* panel = find_panel(id);
    if (panel && suits(*panel, points))
      out.push_back({.id = fmt::format("view.fill.{}", panel->id),
                     .group = "View",
                     .title = fmt::format("Fill the window with {}", panel->title),
                     .run = [id = panel->id](const Context& c) { c.ui.arranging.filled = id; },
                     .detail = "A double click on its title does it too; Escape goes back."});
  }
  if (!in.exports.are_offered()) return out;
  if (ui.show_timeline) on_screen.push_back("timeline");
  for (const std::string_view id : on_screen) {
    const PanelSpec* panel = find_panel(id);
    if (!panel || !suits(*panel, points)) continue;
    for (const bool figure : {true, false})
      out.push_back({.id = fmt::format("export.{}.{}", panel->id, figure ? "figure" : "data"),
                     .group = "Export",
                     .title = fmt::format("{} of {}", figure ? "Figure" : "Data", panel->title),
                     .run = [id = panel->id, figure](
                                const Context& c) { c.in.exports.ask(id, {.figure = figure, .data = !figure}); },
                     .detail = figure ? "SVG and PNG into the run folder." : "CSV into the run folder."});
  }
  return out;
}

bool is_enabled(const Action& action, const ActionContext& context) {
  return !action.enabled || action.enabled(context);
}

void run_action(const Action& action, const ActionContext& context) {
  if (is_enabled(action, context)) action.run(context);
}

void run_action(std::string_view id, const ActionContext& context) {
  if (const Action* action = find_action(id)) run_action(*action, context);
}

bool text_is_awaited(const UiState& ui) {
  const bool palette = ui.palette.open != Palette::Open::nothing && ui.palette.just_opened;
  const bool prompt = ui.name_prompt.asks != NamePrompt::Asks::nothing && ui.name_prompt.just_opened;
  return text_field_asks() || ui.text_asked || ui.knobs.typing_begins || ui.typing_begins || !ui.knobs.wanted_key.empty() ||
         palette || prompt || (ui.chooser.what != Chooses::nothing && ui.chooser.wants_keyboard);
}

bool page_is_open(const UiState& ui) {
  return ui.show_help || ui.show_about || !ui.reading.term.empty() || !ui.reading.panel.empty();
}

void handle_shortcuts(const ActionContext& context) {
  UiState& ui = context.ui;
  // A dialog has the keys for itself; only what concerns the whole window is heard.
  const bool dialog = ui.chooser.what != Chooses::nothing || !ui.text_offer.path.empty();
  // A field takes every key, also in the frames before it has the keyboard; a menu of a kept step those it knows.
  const bool field = ImGui::GetIO().WantTextInput || text_is_awaited(ui) || dialog ||
                     ui.palette.open != Palette::Open::nothing || ui.name_prompt.asks != NamePrompt::Asks::nothing ||
                     ui.context_menu.of != ContextMenu::Of::nothing;
  // What lies over the panels takes those without Ctrl: nobody means what is hidden below.
  const bool page = page_is_open(ui);
  const bool popup = ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup);
  if (viz::key_pressed(Key::escape) && !field && !popup && ui.arranging.by_keys < 0) take_back(ui);
  for (const Action& action : actions()) {
    if (!action.chord || (dialog && action.id != "file.quit" && action.id != "file.screenshot")) continue;
    const bool heard = action.chord->while_typing || !(field || ((popup || page) && !action.chord->ctrl));
    if (heard && asked_for(*action.chord)) run_action(action, context);
  }
}

}  // namespace switchyard::app
