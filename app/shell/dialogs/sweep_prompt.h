// Asks what to sweep over: the values of one knob, or of two, seeds and steps; and says how many runs that is.
// What is typed is read as `switchyard sweep --set` reads it.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"
#include "core/base/result.h"
#include "core/config/knobs.h"
#include "core/study/study_plan.h"

namespace switchyard::app {

// Opens it with values around the one the knob has.
void ask_to_sweep(const PanelInput& in, UiState& ui, const Knob& knob);
// What it asks for, as it stands. usage: what is not allowed, in the words of the window.
Result<SweepWish> wish_of(const PanelInput& in, const UiState& ui);

void draw_sweep_prompt(const PanelInput& in, UiState& ui);

}  // namespace switchyard::app
