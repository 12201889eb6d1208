// THE table of actions: everything a person can tell the program to do, with its keys. Menus, tabs, the command
// palette, the shortcuts and the help page are visits to it; a second list of commands or keys anywhere is a
// defect.
//
// Thread safety: window thread only.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "app/shell/actions/action.h"

namespace switchyard::app {

// Those that are there whatever the model: run, edit, file, view, workspaces, presets, knobs, help.
std::span<const Action> actions();
// nullptr if there is none.
const Action* find_action(std::string_view id);
// The user's own presets: ids "own-preset.NAME".
std::vector<Action> own_preset_actions(const UiState& ui);
// Those that depend on what there is: a choice for each layer of the model, exports of the panels on the screen,
// own presets.
std::vector<Action> passing_actions(const PanelInput& in, const UiState& ui);
// Of those what is done to the model as a whole: experts for a dense one, all experts split. None: not now.
std::vector<Action> model_actions(const PanelInput& in, const UiState& ui);

bool is_enabled(const Action& action, const ActionContext& context);
// Nothing while it is not enabled. Also by id.
void run_action(const Action& action, const ActionContext& context);
void run_action(std::string_view id, const ActionContext& context);

}  // namespace switchyard::app
