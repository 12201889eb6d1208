// The timeline as it lies along the bottom of the window: its panel, and at the right what moves through the kept looks.
//
// Thread safety: window thread only.
#pragma once

#include "app/shell/actions/actions.h"

namespace switchyard::app {

// Fills the current child window.
void draw_timeline_bar(const ActionContext& context);

}  // namespace switchyard::app
