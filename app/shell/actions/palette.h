// The command palette (Ctrl+Shift+P: every action, found by some of its letters) and the finder (Ctrl+F: an expert, a
// domain or class, a term, a text): a field above a list, arrows and Enter choose, Escape leaves.
//
// Thread safety: window thread only.
#pragma once

#include "app/shell/actions/actions.h"

namespace switchyard::app {

// Draws what ui.palette says is open. Runs what was chosen.
void draw_palette(const ActionContext& context);

// What is open already closes.
void open_palette(UiState& ui, Palette::Open what);

}  // namespace switchyard::app
