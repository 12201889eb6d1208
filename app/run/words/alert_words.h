// What an alert of routing's health is called, wherever it is met: in a toast, in Health, as a mark, as an event.
// The same of several layers is one.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/alert.h"
#include "core/history/history.h"

namespace switchyard::app {

// Of one kind, with one remedy, by layer; never empty.
using AlertGroup = std::vector<HealthAlert>;
// Whether two belong into one group.
bool are_alike(const HealthAlert& a, const HealthAlert& b);
std::vector<AlertGroup> grouped_alerts(const std::vector<HealthAlert>& alerts);

// "Layers 0, 1 and 2: collapsed", "Layer 0: E03, E05 dead".
std::string title_of(const History& history, const AlertGroup& group);
// What ended, as an event of `history` that was told at its end, with the experts first that were named when it
// began: it is known by those, and the watch may have lost sight of them since. A collapse is known by them alone.
HealthAlert as_it_began(const History& history, const RunEvent& end);
// Of their end: "Layer 1: collapsed, over".
std::string end_title_of(const History& history, const AlertGroup& group);
// The first step of the earliest.
std::int64_t began(const AlertGroup& group);
// "Switch loss 0.01, Bias balancing 0.001"
std::string settings_text(const std::vector<KnobSetting>& remedy);

}  // namespace switchyard::app
