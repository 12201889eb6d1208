#include "app/shell/actions/groups.h"

#include <fmt/format.h>

#include "app/panels/explanations.h"
#include "app/panels/panel_table.h"
#include "app/shell/actions/palette.h"
#include "app/shell/guide/explain.h"
#include "app/shell/guide/tour.h"

namespace switchyard::app {
namespace {

using viz::Key;
using Context = ActionContext;

}  // namespace

void add_help(std::vector<Action>& out) {
  out.push_back({.id = "help.reading",
                 .group = "Help",
                 .title = "Reading the window",
                 .chord = Chord{.key = Key::f1, .while_typing = true},
                 .run = [](const Context& c) { explain(c.ui); },
                 .detail = "With the mouse on a panel: what that one shows, how to read it, and one thing to try.",
                 .also = "manual documentation"});
  out.push_back({.id = "help.terms",
                 .group = "Help",
                 .title = "What a term means…",
                 .run = [](const Context& c) { open_palette(c.ui, Palette::Open::find); },
                 .also = "glossary definition meaning"});
  out.push_back({.id = "help.tour", .group = "Help", .title = "Tour of the window", .run = [](const Context& c) {
                   start_tour(c.ui);
                 }});
  out.push_back({.id = "help.about", .group = "Help", .title = "About Switchyard", .run = [](const Context& c) {
                   c.ui.show_about = true;
                 }});
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

}  // namespace switchyard::app
