// The keys of a frame, and who has them: a field, a menu, a dialog, a page, or the table of actions.
//
// Thread safety: window thread only.
#pragma once

#include "app/shell/actions/action.h"

namespace switchyard::app {

// Whether a field of text is about to have the keyboard: what is typed until then is for it.
bool text_is_awaited(const UiState& ui);

// Runs what the keys of this frame ask for, but no single key while a field, a menu, a dialog or a page is open.
// Call once a frame, before the widgets.
void handle_shortcuts(const ActionContext& context);

}  // namespace switchyard::app
