#include "app/run/route_wishes.h"
#include "app/shell/actions/groups.h"
#include "app/shell/dialogs/chooser_view.h"
#include "app/shell/dialogs/name_prompt.h"

namespace switchyard::app {
namespace {

using Context = ActionContext;

// The rows act on the run that learns, whichever is shown.
RoutesStatus routes(const Context& c) {
  const RunStatus* const leads = leading_status(c.in);
  return leads ? leads->routes : RoutesStatus();
}
bool is_recording(const Context& c) { return !routes(c).recorded_in.empty(); }
bool is_following(const Context& c) { return !routes(c).followed.empty(); }
bool may(const Context& c) { return why_no_routes(c.in).empty(); }

}  // namespace

void add_routes(std::vector<Action>& out) {
  out.push_back({.id = "routes.record",
                 .group = "Routes",
                 .title = "Record routes…",
                 .run =
                     [](const Context& c) {
                       if (is_recording(c)) end_recorded_routes(c.out);
                       else ask_where_routes_go(c.in, c.ui);
                     },
                 .enabled = [](const Context& c) { return may(c) || is_recording(c); },
                 .chosen = is_recording,
                 .detail = "Which experts every token of every step from now on goes to, into a folder: a "
                           "recording that can be opened, and replayed by another model.",
                 .says =
                     [](const Context& c) {
                       return std::string(is_recording(c) ? "End the recording of routes" : "Record routes…");
                     },
                 .also = "export save trace routing decisions log"});
  out.push_back({.id = "routes.replay",
                 .group = "Routes",
                 .title = "Replay routes…",
                 .run = [](const Context& c) { open_chooser(c.in, c.ui, Chooses::routes); },
                 .enabled = may,
                 .detail =
                     "Every token goes to the experts recorded in a folder, at the same steps; the gate still "
                     "weighs them, so the router learns. Where they end, or do not fit, the router chooses."});
  out.push_back({.id = "routes.let-choose",
                 .group = "Routes",
                 .title = "Let the router choose again",
                 .run = [](const Context& c) { let_router_choose(c.out); },
                 .enabled = is_following,
                 .detail = "Recorded routes are followed no longer, from the next step on."});
}

}  // namespace switchyard::app
