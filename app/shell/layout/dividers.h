// The dividers between panels: dragged with the mouse; or, once F8 has lit one, moved with the arrow keys (Tab: the
// next one, Enter or Escape: done).
//
// Thread safety: window thread only, inside an ImGui frame, in the window the panels are in.
#pragma once

#include "app/run/panel.h"
#include "app/shell/layout/layout.h"

namespace switchyard::app {

// Draws the dividers of `arrange(split, ground)` and moves them. True when the shares of `split` changed.
bool handle_dividers(const PanelInput& in, Split& split, const Ground& ground, Arranging& state);

// Lights the first divider for the keyboard, or puts the light out.
void toggle_divider_keys(Arranging& state);

}  // namespace switchyard::app
