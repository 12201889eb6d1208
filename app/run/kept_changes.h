// Answers to what was changed of what is kept (core/run/kept_change.h), as a person hears of them: a toast, with
// Undo where something was deleted, and a step of undo.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/run_view.h"
#include "app/run/ui_state.h"
#include "core/run/kept_change.h"

namespace switchyard::app {

// "Undo delete of step 1,200" puts it back, and "Redo" deletes it again. A run that is deleted leaves the window,
// and comes back to it.
void take_kept_change(Runs& runs, UiState& ui, const KeptChanged& changed, double now_s);

}  // namespace switchyard::app
