// In the place of the knobs, of a recording of another program's: who made it, what it has and what it lacks.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

// In the current child window.
void draw_recording_facts(const PanelInput& in);

}  // namespace switchyard::app
