// The table of runs on the screen: a header that sorts, rows in sight, the first column in its place; mouse and
// keys.
//
// Thread safety: window thread only.
#pragma once

#include "app/panels/runs/drawn_runs.h"
#include "app/panels/runs/run_keys.h"
#include "app/run/panel.h"

namespace switchyard::app {

// Fills what is left of the panel, at most `height` pixels.
GridAsks draw_run_grid(const PanelInput& in, UiState& ui, const RunListing& listing, const DrawnRuns& drawn,
                       float height);

}  // namespace switchyard::app
