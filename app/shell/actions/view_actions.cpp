#include "app/shell/actions/groups.h"

#include <fmt/format.h>

#include "app/run/in_front.h"
#include "app/shell/actions/palette.h"
#include "app/shell/layout/dividers.h"
#include "app/shell/layout/layouts.h"

namespace switchyard::app {
namespace {

using viz::Key;
using Context = ActionContext;

}  // namespace

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
                 .run =
                     [](const Context& c) {
                       show_workspace(c.ui, Workspace::specialization);
                       bring_to_front(c.ui, "expert");
                     },
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
  out.push_back({.id = "view.events",
                 .group = "View",
                 .title = "Events",
                 .run = [](const Context& c) { c.ui.events.open = !c.ui.events.open; },
                 .chosen = [](const Context& c) { return c.ui.events.open; },
                 .detail = "Edits, new models, alerts and kept steps of this run, as a list."});
  out.push_back({.id = "view.all-panels",
                 .group = "View",
                 .title = "All panels again",
                 .run = [](const Context& c) { c.ui.arranging.filled.clear(); },
                 .enabled = [](const Context& c) { return !c.ui.arranging.filled.empty(); },
                 .detail = "Where one fills the window, by a double click on its title. Escape does it too."});
  out.push_back(
      {.id = "view.dividers",
       .group = "View",
       .title = "Move dividers with the keys",
       .chord = Chord{.key = Key::f8},
       .run = [](const Context& c) { c.ui.arranging.to_dividers = true; },
       .detail = "Arrow keys move the one with the ring, Tab takes the next, Enter puts it back, Escape leaves."});
  out.push_back({.id = "view.reset-layout",
                 .group = "View",
                 .title = "Reset layout",
                 .run =
                     [](const Context& c) {
                       c.ui.arranging.shares.clear();
                       c.ui.arranging.in_front.clear();
                       c.ui.arranging.knobs = {};
                     },
                 .detail = "Dividers, tabs and knobs of every workspace where they were at first."});
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
}

void add_workspaces(std::vector<Action>& out) {
  for (const WorkspaceSpec& spec : workspaces()) {
    // Ctrl+1 to Ctrl+9, then Ctrl+0, as they lie beside one another; what comes behind them is not always there.
    constexpr int kDigits = 10;
    const int nth = static_cast<int>(spec.id) + 1;
    const auto key = static_cast<Key>(static_cast<int>(Key::digit_0) + nth % kDigits);
    out.push_back({.id = fmt::format("workspace.{}", spec.name),
                   .group = "Workspace",
                   .title = std::string(spec.title),
                   .chord = nth <= kDigits ? std::optional(Chord{.key = key, .ctrl = true, .while_typing = true})
                                           : std::nullopt,
                   .run = [id = spec.id](const Context& c) { show_workspace(c.ui, id); },
                   .chosen = [id = spec.id](const Context& c) { return c.ui.arranging.workspace == id; },
                   .detail = std::string(spec.shows)});
  }
}

}  // namespace switchyard::app
