// One knob as a control: slider, choice, switch or text, by its row in the table alone.
//
// Thread safety: window thread only.
#pragma once

#include <string>

#include "app/run/panel.h"
#include "app/run/reference.h"
#include "app/ui/skin.h"
#include "core/config/knobs.h"

namespace switchyard::app {

// What a row says beside its value; empty: nothing.
struct KnobRemarks {
  std::string problem;  // why the draft is refused because of this knob
  std::string idle;     // why the knob does nothing with the others as they are: it is dimmed, and works all the same
};

// Draws it over the width that is left. Edits go through edits.h. A choice that takes the meaning from an
// auxiliary loss sets that loss' coefficient to 0 in the same edit. A right click, Shift+F10 or the menu key on
// the one with the ring of the keyboard, ask for its menu (UiState::context_menu). reference: what settings are
// held against, the same for every row.
void draw_knob_row(const PanelInput& in, const Knob& knob, const KnobRemarks& remarks, const Reference& reference,
                   UiState& ui, Commands& out);

}  // namespace switchyard::app
