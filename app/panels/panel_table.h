// THE table of panels: what each is called, which tasks it is for, the function that draws it. Layouts
// (app/shell/layouts.cpp) name panels by their id.
//
// A data panel draws inside the current ImGui child window, whose rect is the panel's; it opens with
// panel_begin(), which writes its row's title, and closes with panel_end() (parts/panel_frame.h). It is a pure
// function of its input: view choices live in UiState, intent leaves as Commands.
//
// To add a panel: a file in a room of this folder (and in app/CMakeLists.txt), a line in that room's panels.h, a
// row here and one in explanations.cpp, a place in a layout. Nothing else lists panels: actions, exports, figures of a run and the tests that
// draw each of them come here. Two texts speak of some by name, as they like: the help page (app/shell/help.cpp),
// and in the tests what a panel needs before it shows something (needs_of() in tests/app/panels/panels_test.cpp:
// routed looks, where it is not told). Thread safety: the table is immutable; drawing is for the window's thread.
#pragma once

#include <span>
#include <string_view>

#include "app/run/panel.h"

namespace switchyard::app {

enum class TaskSet { any, text, points };

struct PanelRoom {
  float width = 0, height = 0;  // at scale 1
};
inline constexpr PanelRoom kWantsAsMost{220, 110};  // of a panel with one figure

struct PanelSpec {
  std::string_view id;     // "expert-load": in layouts and exports; no two rows have one
  std::string_view title;  // "Expert load": on the panel and its files
  TaskSet tasks = TaskSet::any;
  void (*draw)(const PanelInput& in, UiState& ui, Commands& out) = nullptr;
  // In which it says something, with its lines of controls and rows of text. In less it shares a place with
  // others, as tabs (app/shell/layout/fitting.h).
  PanelRoom wants{};
  bool compares = false;  // of several runs: a single one has no figure of it
  bool of_ranks = false;  // of several processes: a run of one has a figure of it only where it is asked for
  bool asked =
      false;  // it answers a question that somebody asks in the window: without an answer there is no figure
  bool of_checkpoint = false;  // of the checkpoint that is open beside the runs: no figure of a run
};
std::span<const PanelSpec> panel_table();
// Draws it, under its row's names (PanelInput::panel).
void draw_panel(const PanelSpec& panel, const PanelInput& in, UiState& ui, Commands& out);
// nullptr if there is none.
const PanelSpec* find_panel(std::string_view id);
bool suits(const PanelSpec& panel, bool learns_points);

}  // namespace switchyard::app
