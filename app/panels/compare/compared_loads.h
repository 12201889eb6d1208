// The load of one layer in every run that is compared, one above the other, against one scale: of the moment that
// is shown. A part of a panel: its title's line gets the layer's combo, what is left of it the bars.
//
// Thread safety: window thread only.
#pragma once

#include <span>

#include "app/run/compared.h"

namespace switchyard::app {

void draw_compared_loads(const PanelInput& in, UiState& ui, std::span<const Compared> runs);

}  // namespace switchyard::app
