// What events of a run are called and which colour they wear, the same as marks, in the timeline's key and in the
// list of events.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "core/base/records.h"
#include "core/history/history.h"
#include "viz/base/theme.h"

namespace switchyard::app {

// As a person tells them apart.
enum class HappeningKind { edit, model, alert, alert_end, kept, other };
HappeningKind kind_of(EventKind kind);

std::string_view word_of(HappeningKind kind);  // "new model"
viz::Colour colour_of(const viz::Theme& theme, HappeningKind kind);

// "Top-k 1→2, Experts 8→16", "Layer 0: E03, E05 dead", "Layer 1: collapsed, over", "Reset".
std::string event_title(const History& history, const RunEvent& event);
// The same where there is room for few words: "Top-k 1→2 +1" for two changes.
std::string event_label(const History& history, const RunEvent& event);
// "Kept as mine"; without a name "Kept, at intervals".
std::string kept_title(std::string_view name, std::string_view why);
// "Top-k 1→2"
std::string change_text(const RunEvent::Change& change);

}  // namespace switchyard::app
