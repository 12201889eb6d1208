// The moment that every view shows: the newest step, or the one that is looked back at.
//
// Thread safety: window thread only.
#pragma once

#include <string>
#include <vector>

#include "app/run/panel.h"
#include "core/base/alert.h"

namespace switchyard::app {

struct Moment {
  // Figures of the step; null before the first one. Of an earlier step as record_at() has them (core/history/record_at.h).
  const StepRecord* record = nullptr;
  bool is_now = true;
  std::size_t mean_of = 1;  // steps that what an expert was given is the mean of
};
// Holds as long as the frame.
Moment moment_of(const RunView& run, const UiState& ui);
inline Moment moment_of(const PanelInput& in, const UiState& ui) { return moment_of(in.run, ui); }

// "last step", or "step 1,200", and where its loads are means "around step 1,200".
std::string step_name(const Moment& moment);
// The newest step by its number too, "step 1,200": beside others that need not be equally far. Needs a record.
std::string numbered_step(const Moment& moment);

// Alerts of routing that went on then. Looking back it walks through all events.
std::vector<HealthAlert> alerts_at(const PanelInput& in, const Moment& moment);

}  // namespace switchyard::app
