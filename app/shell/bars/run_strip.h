// The runs of the window above the timeline, where there is more than one: children stand behind the run they
// began from. A click stands on one: every view shows it. Of one that does not learn here, what brings its model
// back; of any, a fork at the moment that is shown.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

inline constexpr float kRunStripHeight = 34;  // at scale 1

bool shows_run_strip(const PanelInput& in);
void draw_run_strip(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
