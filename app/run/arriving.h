// Into a run that nobody has stood in yet one takes along what one looked at in the run before: the moment, the
// tokens and experts chosen. What of it is there is found as the run is told of: its looks come one after the
// other.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/standing.h"
#include "core/history/history.h"

namespace switchyard::app {

// Where one begins to stand, coming from `here`; `look`: the newest there, may be null.
Standing taken_along(const Standing& here, const Snapshot* look);

// Finds what was taken along in the run that is shown, as far as it is known; until somebody goes elsewhere in it.
// A moment that its steps do not reach is not there; its kept look nearest to the moment stands for it.
void arrive(UiState& ui, const History& history, const SnapshotStore& kept, const Snapshot* newest);

}  // namespace switchyard::app
