// What lies over the panels and has the keys and the mouse for itself: asked here by whoever has keys of its own.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/ui_state.h"

namespace switchyard::app {

// A page that is read: help, or what a panel or a term means.
bool page_is_open(const UiState& ui);
// What asks for something: the palette, a prompt, a chooser.
bool dialog_is_open(const UiState& ui);
// A dialog or the tour.
bool something_lies_over(const UiState& ui);

}  // namespace switchyard::app
