#include <fmt/format.h>

#include <string_view>

#include "app/panels/panel_table.h"
#include "app/run/cause_asking.h"
#include "app/run/in_front.h"
#include "app/shell/actions/groups.h"
#include "app/shell/layout/layouts.h"

namespace switchyard::app {
namespace {

using Context = ActionContext;

struct CauseAction {
  Cause cause;
  std::string_view title;
  bool asks;  // at once; else its settings come first
};

constexpr CauseAction kCauseActions[] = {
    {Cause::ablate, "Ablate experts", true},
    {Cause::steer, "Steer experts…", false},
    {Cause::zoo, "Try every other router", true},
    {Cause::routes, "Hold the routes against references", true},
    {Cause::prune, "Prune and merge experts…", false},
    {Cause::route_diff, "Hold the routes against another model's…", false},
};

}  // namespace

void add_causes(std::vector<Action>& out) {
  for (const CauseAction& one : kCauseActions) {
    if (!find_panel(file_of(one.cause))) continue;
    out.push_back({.id = fmt::format("causes.{}", file_of(one.cause)),
                   .group = "Causes",
                   .title = std::string(one.title),
                   .run =
                       [one](const Context& c) {
                         show_workspace(c.ui, Workspace::causes);
                         bring_to_front(c.ui, file_of(one.cause));
                         // Those that somebody asked for earlier are not meant.
                         if (one.cause == Cause::ablate && c.ui.pinned_expert < 0)
                           c.ui.causes[one.cause].asked.ablation.experts.clear();
                         if (one.asks) ask_cause(c.ui, one.cause);
                       },
                   .enabled = [one](const Context& c) { return why_no_cause(c.in, c.ui, one.cause).empty(); },
                   .detail = "A copy of the model is tried otherwise, in the background; what learns goes on."});
  }
}

}  // namespace switchyard::app
