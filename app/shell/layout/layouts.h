// Which panels each workspace holds and where. The panels are named by their id in app/panels/panel_table.h.
//
// To put a panel somewhere: a line in layouts.cpp, and a new version of the workspace in workspace.cpp.
// Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/cli/words/workspace.h"
#include "app/run/ui_state.h"
#include "app/shell/layout/layout.h"

namespace switchyard::app {

// What decides the layout besides the workspace.
struct LayoutShape {
  std::int64_t classes = 0;   // 0: a text; else points of so many classes
  viz::Point extent{0, 0};    // of the ground for the panels, at scale 1
  bool ranks = true;          // several processes trained it at some step
  bool points() const { return classes > 0; }
  bool wide() const;  // room for a third column of data
};

// The workspace as it is before anybody moved a divider: all its panels, some of them as tabs where an extent is
// given that has no room for them side by side.
Split standard_layout(Workspace workspace, const LayoutShape& shape);
// Under which the dividers of this layout are remembered: "train.1.text.wide", and in a small window with its
// shape, "train.1.text.low.r-ps2-". standard: the standard_layout() of both.
std::string layout_key(Workspace workspace, const LayoutShape& shape, const Split& standard);
// Whether a layout could have this key.
bool is_layout_key(std::string_view key);

// One stands in another workspace: what its panels had lit goes out with them.
void show_workspace(UiState& ui, Workspace workspace);

}  // namespace switchyard::app
