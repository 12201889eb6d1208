// Alerts of routing's health as a person answers them: their remedy, and where they are.
//
// Thread safety: window thread only.
#pragma once

#include <string>
#include <vector>

#include "app/run/panel.h"
#include "app/run/words/alert_words.h"
#include "core/base/alert.h"

namespace switchyard::app {

// In the run that is shown.
inline std::string title_of(const PanelInput& in, const AlertGroup& group) {
  return title_of(in.run.history, group);
}

// Those that go on now, whatever moment is shown: the count on the tab of Health is of these.
std::vector<AlertGroup> alerts_now(const PanelInput& in);
// All settings as one edit, which Ctrl+Z takes back.
void apply_remedy(const PanelInput& in, const std::vector<KnobSetting>& remedy, UiState& ui, Commands& out);
// Its layer everywhere, and the first expert it names.
void show_alert(UiState& ui, const HealthAlert& alert);

}  // namespace switchyard::app
