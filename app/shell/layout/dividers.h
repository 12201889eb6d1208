// The dividers between panels: dragged with the mouse, or moved with the arrow keys where Tab, or F8, stands on
// one (Home and End: as far as it goes). A double click, or Enter, puts one back where it was at first.
//
// Thread safety: window thread only, inside an ImGui frame, in the window the panels are in.
#pragma once

#include "app/run/panel.h"
#include "app/shell/layout/layout.h"

namespace switchyard::app {

// Draws the dividers of `arrange(split, ground)` and moves them; `standard` is the split at first. True when the
// shares of `split` changed.
bool handle_dividers(const PanelInput& in, Split& split, const Split& standard, const Ground& ground,
                     Arranging& state);

}  // namespace switchyard::app
