// What settings are held against: the preset that their run began from, or where none is known what the program
// has by itself. It says which knobs were changed, which is worth a place among the essential ones, and what
// "back" is.
//
// Thread safety: window thread only.
#pragma once

#include <string>
#include <string_view>

#include "app/run/panel.h"
#include "core/config/knobs.h"

namespace switchyard::app {

// Points into the list of presets: for a frame at most.
struct Reference {
  std::string_view preset{};       // its title; empty: these are the defaults
  const Config* config = nullptr;  // never null

  KnobValue value(const Knob& knob) const { return knob.get(*config); }
  bool differs(const Knob& knob, const Config& from) const { return knob.get(from) != value(knob); }
};

// Title of the preset that the run which is shown began from; empty: not known.
const std::string& began_from(const PanelInput& in, const UiState& ui);
// Of a title that no preset has: the defaults.
Reference reference_called(std::string_view title, const UiState& ui);
inline Reference reference_of(const PanelInput& in, const UiState& ui) {
  return reference_called(began_from(in, ui), ui);
}

}  // namespace switchyard::app
