// What the keys do in the table of runs, once it was clicked or reached with Tab: arrows, Space, Enter, Delete,
// Ctrl+A, Ctrl+C.
//
// Thread safety: window thread only.
#pragma once

#include "app/panels/runs/run_lines.h"
#include "app/run/ui_state.h"

namespace switchyard::app {

// What the table was asked to do, besides what it keeps in UiState::library.
struct GridAsks {
  bool open = false, compare = false, erase = false, copy = false;
};

// Whether the keys of this frame are the table's: nothing lies over it, and nobody types.
bool table_has_keys(const UiState& ui);
// page: lines in sight.
void take_run_keys(const RunListing& listing, LibraryView& view, const RunLines& lines, long page, GridAsks& asks);

}  // namespace switchyard::app
