// THE table of panels: what each is called, which tasks it is for, the function that draws it. Layouts
// (app/shell/layouts.cpp) name panels by their id.
//
// A data panel draws inside the current ImGui child window, whose rect is the panel's; it opens with panel_begin() and
// closes with panel_end() (parts/panel_frame.h). It is a pure function of its input: view choices live in UiState, intent
// leaves as Commands.
//
// To add a panel: a file in a room of this folder, a line in that room's panels.h, a row here, a place in a layout.
// Thread safety: the table is immutable; drawing is for the window's thread.
#pragma once

#include <span>
#include <string_view>

#include "app/run/panel.h"

namespace switchyard::app {

enum class TaskSet { any, text, points };

struct PanelSpec {
  std::string_view id;     // "expert-load": in layouts and the names of files
  std::string_view title;  // "Expert load"
  TaskSet tasks = TaskSet::any;
  void (*draw)(const PanelInput& in, UiState& ui, Commands& out) = nullptr;
};
std::span<const PanelSpec> panel_table();
// nullptr if there is none.
const PanelSpec* find_panel(std::string_view id);
const PanelSpec* find_panel_titled(std::string_view title);
bool suits(const PanelSpec& panel, bool learns_points);

}  // namespace switchyard::app
