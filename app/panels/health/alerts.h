// Alerts of routing's health as a person meets them: the same of several layers as one, their words, their remedy.
//
// Thread safety: window thread only.
#pragma once

#include <string>
#include <vector>

#include "app/run/panel.h"
#include "core/base/alert.h"

namespace switchyard::app {

// Of one kind, with one remedy, by layer; never empty.
using AlertGroup = std::vector<HealthAlert>;
std::vector<AlertGroup> grouped_alerts(const std::vector<HealthAlert>& alerts);

// "Layers 0, 1 and 2: collapsed", "Layer 0: E03, E05 dead".
std::string title_of(const PanelInput& in, const AlertGroup& group);
// The first step of the earliest.
std::int64_t began(const AlertGroup& group);
// "Switch loss 0.01, Bias balancing 0.001"
std::string settings_text(const std::vector<KnobSetting>& remedy);

// All settings as one edit, which Ctrl+Z takes back.
void apply_remedy(const PanelInput& in, const std::vector<KnobSetting>& remedy, UiState& ui, Commands& out);
// Its layer everywhere, and the first expert it names.
void show_alert(UiState& ui, const HealthAlert& alert);

}  // namespace switchyard::app
