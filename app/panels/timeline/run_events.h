// Where something that happened in a run (app/run/derived/happenings.h) is gone to, and the table of all of it.
//
// Thread safety: window thread only.
#pragma once

#include <vector>

#include "app/run/derived/happenings.h"
#include "app/run/panel.h"
#include "app/ui/table.h"

namespace switchyard::app {

// Its moment in every view, its layer where it has one, within what the timeline shows.
void go_to(const PanelInput& in, UiState& ui, const Happening& one);

// A row each: step, kind, what, detail.
void fill_events_table(const std::vector<Happening>& all, Table& table);

}  // namespace switchyard::app
