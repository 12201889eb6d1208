// Three dots in the title's line of a panel that open a menu. A figure has no room for them.
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

// What the dots take of the line.
float header_menu_width(const PanelInput& in);
// True while the menu is open: draw its rows, then end_menu_popup() (app/ui/focus.h). `id` names it, and the dots
// as
// "<title>/<id>".
bool begin_header_menu(const PanelInput& in, const char* id, const char* tooltip);

}  // namespace switchyard::app
