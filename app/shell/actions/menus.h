// The menus of the top bar: File, View, Help. Each is a small button that opens a popup of actions.
//
// Thread safety: window thread only.
#pragma once

#include "app/shell/actions/actions.h"
#include "app/ui/skin.h"

namespace switchyard::app {

// Draws the three buttons from the cursor to the right.
void draw_menus(const ActionContext& context);
float menus_width(const Skin& skin);

}  // namespace switchyard::app
