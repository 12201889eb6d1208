// One knob as a control: slider, choice, switch or text, by its row in the table alone.
//
// Thread safety: window thread only.
#pragma once

#include <string>

#include "app/panel.h"
#include "app/ui/skin.h"
#include "core/config/knobs.h"

namespace switchyard::app {

// Draws it over the width that is left. `problem`: why the draft is refused because of this knob, or
// empty. Edits go through edits.h.
void draw_knob_row(const PanelInput& in, const Knob& knob, const std::string& problem, KnobEdits& edits,
                   Commands& out);

}  // namespace switchyard::app
