#include "app/shell/actions/groups.h"

#include <fmt/format.h>

#include "app/shell/dialogs/context_menus.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

using viz::Key;
using Context = ActionContext;

const KeptStep* kept_here(const Context& c) { return kept_near_moment(c.in, c.ui); }

}  // namespace

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
                 .detail = "The folder of the run that is shown, where nothing learns in it, for 30 days.",
                 .also = "delete remove"});
}

}  // namespace switchyard::app
