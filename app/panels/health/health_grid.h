// The figures of every layer's routing as small multiples: a row a layer, a column a figure; in each cell the
// value now and, where there is room, its course over the run against the range it should be in.
//
// Thread safety: window thread only. Reads, never writes but UiState's choices.
#pragma once

#include <vector>

#include "app/panels/health/layer_health.h"
#include "app/run/panel.h"
#include "app/ui/table.h"

namespace switchyard::app {

// Takes the width of the current window and `height` pixels, or what its rows need at least. Columns that do not
// fit are left out, the less telling ones first. A click on a layer shows it everywhere.
void draw_health_grid(const PanelInput& in, UiState& ui, const std::vector<LayerHealth>& layers, float height);

void fill_health_table(const std::vector<LayerHealth>& layers, Table& table);

}  // namespace switchyard::app
