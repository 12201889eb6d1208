// An alert of routing's health: what is wrong in one MoE layer, since when, and which settings would help.
// Definitions: core/insight/health.h. Thread safety: values.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard {

enum class AlertKind : std::uint8_t {
  dead,           // experts that get no tokens at all
  starving,       // experts that get under a tenth of their fair share
  collapsed,      // nearly all assignments go to k experts
  frozen_router,  // the router learns nothing from the task
};

inline constexpr std::array kAlertKinds{AlertKind::dead, AlertKind::starving, AlertKind::collapsed,
                                        AlertKind::frozen_router};

// As in events.jsonl.
constexpr std::string_view key_of(AlertKind kind) {
  constexpr std::array<std::string_view, kAlertKinds.size()> keys{"dead", "starving", "collapsed",
                                                                  "frozen-router"};
  return keys[static_cast<std::size_t>(kind)];
}

// A knob and the value it should take, as text: what --set takes.
struct KnobSetting {
  std::string key, value;
  bool operator==(const KnobSetting&) const = default;
};

// One kind in one layer is one alert, however many experts it names.
struct HealthAlert {
  AlertKind kind = AlertKind::dead;
  std::int32_t layer = 0;             // among the MoE layers
  std::int32_t block = 0;             // among the transformer's blocks
  std::vector<std::int32_t> experts;  // concerned, rising; empty: the layer as a whole
  std::int64_t began = 0;             // first step of which it is true
  std::int64_t noticed = 0;           // step at which the window was long enough to say so
  std::int64_t ended = 0;             // first step of which it is no longer true; 0: it goes on
  std::string message;                // one sentence, with its figures
  std::string advice;                 // what the remedy does and why; empty: none is known
  std::vector<KnobSetting> remedy;    // to be applied together, as one edit
  bool operator==(const HealthAlert&) const = default;
};

}  // namespace switchyard
