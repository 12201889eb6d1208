// Asking what causes what of the model that is shown, and what came of it.
//
// Thread safety: window thread only.
#pragma once

#include <string>

#include "app/run/panel.h"
#include "core/causes/cause_report.h"

namespace switchyard::app {

// "Ablation", "Steering sweep": as its panel is titled.
std::string_view title_of(Cause cause);

// Why it cannot be asked of the model that is shown, for a person; empty: it can.
std::string why_no_cause(const PanelInput& in, const UiState& ui, Cause cause);
// With the settings that stand in UiState::causes, in the background.
void ask_cause(UiState& ui, Cause cause);

// The answer that the run which is shown has; null: none.
const CauseReport* report_of(const PanelInput& in, Cause cause);
template <class Found>
const Found* found_of(const PanelInput& in, Cause cause) {
  const CauseReport* report = report_of(in, cause);
  return report ? std::get_if<Found>(&report->found) : nullptr;
}
// What is done about it is done for the run that is shown.
bool is_of_shown(const PanelInput& in, const CauseState& state);

// "trial 120 of 340 · 12 s left".
std::string progress_text(const CauseState& state);
// "of step 400; now 1,250".
std::string of_step(const PanelInput& in, const CauseReport& report);

}  // namespace switchyard::app
