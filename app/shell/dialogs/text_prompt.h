// Offers to convert a text that is not UTF-8: what was found, how it reads, where the copy goes.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

void draw_text_prompt(const PanelInput& in, UiState& ui);

}  // namespace switchyard::app
