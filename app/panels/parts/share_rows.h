// Shares as a list: on each line a name, a bar with a mark where the reference is, and figures.
//
// Thread safety: window thread only.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "app/run/panel.h"

namespace switchyard::app {

struct ShareRow {
  std::string name;
  viz::Colour swatch = 0;  // before the name; 0: none
  double share = 0;        // 0 to 1; NaN: no bar
  double reference = 0;    // marked on the bar's track
  std::string figure;
};

struct ShareRows {
  std::string_view id;  // rows are registered as "<id> 0", "<id> 1", ...
  std::span<const ShareRow> rows{};
  viz::Colour colour = 0;  // of the bars
  double full = 1;         // the share that fills a track
  bool chooses = true;     // a click means something
  float row_height = 17;   // pixels
};

struct ShareRowsResult {
  int hovered = -1, clicked = -1;
};
// At the cursor, `width` pixels wide; the cursor goes below.
ShareRowsResult share_rows(const PanelInput& in, const ShareRows& list, float width);

}  // namespace switchyard::app
