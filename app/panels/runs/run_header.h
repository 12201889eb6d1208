// The columns of the table of runs on the screen: how wide, where, and their header, which sorts.
//
// Thread safety: window thread only.
#pragma once

#include <vector>

#include "app/panels/runs/run_columns.h"
#include "app/run/panel.h"
#include "viz/base/geometry.h"

namespace switchyard::app {

// At scale 1: room for the mark of a curve and for the arrow that unfolds, before a name; beside the words of a
// cell.
inline constexpr float kMarkRoom = 20, kFoldRoom = 16, kCellPad = 8;

struct GridColumn {
  ShownRunColumn shown;
  float x = 0, width = 0;  // in pixels, from the left of the table as it would be without scrolling
};
using GridColumns = std::vector<GridColumn>;
// As wide as a person chose, else as what may stand there needs.
GridColumns lay_out_columns(const PanelInput& in, const RunListing& listing, const LibraryView& view);

// At the top of `table`, in its window; the first column stays where it is. A click sorts, the end of a column
// takes its width along.
void draw_run_header(const PanelInput& in, UiState& ui, const RunListing& listing, const GridColumns& columns,
                     const viz::Rect& table, float height);

}  // namespace switchyard::app
