// The rows of a chooser: what is listed, a line each. Only those in sight are drawn, and looked into.
//
// Thread safety: window thread only.
#pragma once

#include "app/files/chooser.h"
#include "app/ui/skin.h"

namespace switchyard::app {

// Fills `size` from the cursor. Returns whether a row was clicked twice; clicked once it is lit.
bool draw_chooser_list(const Skin& skin, Chooser& chooser, ImVec2 size);

}  // namespace switchyard::app
