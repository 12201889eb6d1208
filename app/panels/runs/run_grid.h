// The table of runs on the screen: a header that sorts, rows in sight, the first column in its place; mouse and
// keys.
//
// Thread safety: window thread only.
#pragma once

#include "app/panels/runs/drawn_runs.h"
#include "app/panels/runs/run_columns.h"
#include "app/run/panel.h"

namespace switchyard::app {

// What the table was asked to do, besides what it keeps in UiState::library.
struct GridAsks {
  bool open = false, compare = false, erase = false, copy = false;
};
// Fills what is left of the panel, at most `height` pixels.
GridAsks draw_run_grid(const PanelInput& in, UiState& ui, const RunListing& listing, const DrawnRuns& drawn,
                       float height);

}  // namespace switchyard::app
