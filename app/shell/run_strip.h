// The runs of the window above the timeline, where there is more than one: children stand behind the run they began from.
// A click stands on one: every view shows it. Of one that does not learn here, what brings its model back; of any, a fork
// at the moment that is shown.
//
// Thread safety: window thread only.
#pragma once

#include <vector>

#include "app/run/panel.h"

namespace switchyard::app {

inline constexpr float kRunStripHeight = 34;  // at scale 1

bool shows_run_strip(const PanelInput& in);
void draw_run_strip(const PanelInput& in, UiState& ui, Commands& out);

// Its model is brought back and goes on, from its newest checkpoint.
void go_on_with_shown(const PanelInput& in, UiState& ui, Commands& out);
// A run of its own begins at the newest checkpoint up to the moment that is shown; a toast says where there is none.
void fork_shown(const PanelInput& in, UiState& ui, Commands& out);

// One chip of the strip: how deep it stands in the family.
struct FamilyMember {
  const RunView* run = nullptr;
  int depth = 0;
};
// In the order the window came to know them, children behind the run they began from.
std::vector<FamilyMember> family(const PanelInput& in);

}  // namespace switchyard::app
