// The rows of THE table of actions, a function a group: each appends its own.
//
// Thread safety: window thread only.
#pragma once

#include <vector>

#include "app/shell/actions/action.h"

namespace switchyard::app {

void add_run(std::vector<Action>& out);
void add_kept(std::vector<Action>& out);
void add_workspaces(std::vector<Action>& out);
void add_timeline(std::vector<Action>& out);
void add_view(std::vector<Action>& out);
void add_help(std::vector<Action>& out);
void add_file(std::vector<Action>& out);
void add_presets(std::vector<Action>& out);
void add_knobs(std::vector<Action>& out);
void add_causes(std::vector<Action>& out);
void add_routes(std::vector<Action>& out);
void add_explanations(std::vector<Action>& out);

}  // namespace switchyard::app
