// While routes of the run that is shown are recorded, or recorded ones followed: a line that says so, with how
// much there is by now, and a button that ends it.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

inline constexpr float kRouteStripHeight = 34;  // at scale 1

bool shows_route_strip(const PanelInput& in);
void draw_route_strip(const PanelInput& in, Commands& out);

}  // namespace switchyard::app
