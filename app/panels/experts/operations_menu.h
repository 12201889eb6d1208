// What can be done to the expert that its card shows, behind three dots in the card's title line.
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

void operations_menu(const PanelInput& in, UiState& ui, std::size_t layer, int expert, Commands& out);

}  // namespace switchyard::app
