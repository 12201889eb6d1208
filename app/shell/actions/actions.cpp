#include "app/shell/actions/actions.h"

#include "app/shell/actions/groups.h"

namespace switchyard::app {
namespace {

std::vector<Action> make_actions() {
  std::vector<Action> out;
  add_run(out);
  add_kept(out);
  add_workspaces(out);
  add_timeline(out);
  add_view(out);
  add_help(out);
  add_file(out);
  add_presets(out);
  add_knobs(out);
  add_causes(out);
  add_routes(out);
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

bool is_enabled(const Action& action, const ActionContext& context) {
  return !action.enabled || action.enabled(context);
}

void run_action(const Action& action, const ActionContext& context) {
  if (is_enabled(action, context)) action.run(context);
}

void run_action(std::string_view id, const ActionContext& context) {
  if (const Action* action = find_action(id)) run_action(*action, context);
}

}  // namespace switchyard::app
