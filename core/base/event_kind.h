// The kinds of what happens to a run (RunEvent). Thread safety: values.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace switchyard {

enum class EventKind : std::uint8_t {
  set,            // an edit the model took
  rebuild,        // an edit it could not: another model in its place
  reset,          // the same model from its start
  go_back,        // to a kept model, of this run or another
  keep,           // the model was kept
  weights,        // its weights were exported
  alert,          // training failed
  health,         // an alert of routing
  health_end,     // its end
  recording_gap,  // what was to be recorded could not be written for a while
  operate,        // what was done to experts of the model
  verdict,        // what came of it
  routes,         // whom tokens go to is recorded, or is as it was recorded, from there on or no more
};

inline constexpr std::array kEventKinds{
    EventKind::set,     EventKind::rebuild, EventKind::reset,  EventKind::go_back,    EventKind::keep,
    EventKind::weights, EventKind::alert,   EventKind::health, EventKind::health_end, EventKind::recording_gap,
    EventKind::operate, EventKind::verdict, EventKind::routes};

// As in events.jsonl.
constexpr std::string_view key_of(EventKind kind) {
  constexpr std::array<std::string_view, kEventKinds.size()> keys{
      "set",    "rebuild",    "reset",         "go-back", "keep",    "weights", "alert",
      "health", "health-end", "recording-gap", "operate", "verdict", "routes"};
  return keys[static_cast<std::size_t>(kind)];
}

// Nothing where no kind has that key.
constexpr std::optional<EventKind> event_kind_of(std::string_view key) {
  const auto at =
      std::find_if(kEventKinds.begin(), kEventKinds.end(), [&](EventKind k) { return key_of(k) == key; });
  return at == kEventKinds.end() ? std::nullopt : std::optional(*at);
}

// Whether the steps that follow are another model's.
constexpr bool ends_a_model(EventKind kind) {
  return kind == EventKind::rebuild || kind == EventKind::reset || kind == EventKind::go_back;
}

}  // namespace switchyard
