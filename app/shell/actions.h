// THE table of actions: everything a person can tell the program to do, with its keys. Menus, tabs, the command
// palette, the shortcuts and the help page are visits to it; a second list of commands or keys anywhere is a defect.
//
// Thread safety: window thread only.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/run/panel.h"
#include "app/ui/chord.h"

namespace switchyard::app {

// The interface scales offered.
inline constexpr float kScales[] = {1.0f, 1.25f, 1.5f, 2.0f};

struct ActionContext {
  const PanelInput& in;
  UiState& ui;
  Commands& out;
};

struct Action {
  std::string id;     // "run.play"
  std::string group;  // "Run": what it is about
  std::string title;  // "Play or pause"
  std::optional<Chord> chord{};
  std::function<void(const ActionContext&)> run{};
  std::function<bool(const ActionContext&)> enabled{};  // empty: always
  std::function<bool(const ActionContext&)> chosen{};   // of a choice among several: whether it is the one in force
  std::string detail{};                                 // one sentence more
  std::function<std::string(const ActionContext&)> says{};  // what it will do now, in place of the title where there is room
};

// Those that are there whatever the model: run, edit, file, view, workspaces, presets, knobs, help.
std::span<const Action> actions();
// nullptr if there is none.
const Action* find_action(std::string_view id);
// The user's own presets: ids "own-preset.NAME".
std::vector<Action> own_preset_actions(const UiState& ui);
// Those that depend on what there is: a choice for each layer of the model, exports of the panels on the screen,
// own presets.
std::vector<Action> passing_actions(const PanelInput& in, const UiState& ui);

bool is_enabled(const Action& action, const ActionContext& context);
// Nothing while it is not enabled. Also by id.
void run_action(const Action& action, const ActionContext& context);
void run_action(std::string_view id, const ActionContext& context);

// Whether a field of text is about to have the keyboard: what is typed until then is for it.
bool text_is_awaited(const UiState& ui);
// A page that is read: help, or what a panel or a term means.
bool page_is_open(const UiState& ui);

// Runs what the keys of this frame ask for, but no single key while a field, a menu, a dialog or a page is open. Call
// once a frame, before the widgets.
void handle_shortcuts(const ActionContext& context);

}  // namespace switchyard::app
