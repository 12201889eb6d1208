// Which knobs the panel shows: the essential ones or all, or those that are looked for. One that differs from what
// the run began from (app/run/reference.h), is in trouble, is being edited or was asked for is shown at either
// level.
//
// Pure functions, but for draw_knob_choice(), which belongs to the window thread.
#pragma once

#include <string_view>
#include <vector>

#include "app/run/panel.h"
#include "core/config/knobs.h"

namespace switchyard::app {

// The essential ones and what is shown with them, in the order of the table. What does nothing now is left out
// unless it differs.
std::vector<const Knob*> essential_knobs(const KnobChoice& choice, const KnobEdits& edits, const Config& reference,
                                         const std::vector<ConfigProblem>& problems);
// Those with the letters of the query in label or key, best first; behind them those with each of its words in the
// description, in the order of the table.
std::vector<const Knob*> knobs_found(std::string_view query);

// The two levels and the field that searches, over the width that is left.
void draw_knob_choice(const PanelInput& in, UiState& ui);

}  // namespace switchyard::app
