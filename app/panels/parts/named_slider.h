// A figure that a panel keeps in UiState: its name and value over a slider. Ctrl-click or Enter on it to type, as with
// the knobs.
//
// Thread safety: window thread only.
#pragma once

#include <optional>
#include <string>

#include "app/run/panel.h"

namespace switchyard::app {

// What a person did to it in this frame.
struct NamedSlider {
  std::optional<float> position;  // it is being dragged, and stands there: 0 to 1
  std::optional<double> typed;    // any finite number: the caller knows what is allowed
};
NamedSlider named_slider(const PanelInput& in, UiState& ui, const char* label, const std::string& value, float position,
                         float width);
// Of the two lines it takes, in pixels.
inline float named_slider_height(const PanelInput& in) { return 30 * in.scale; }

}  // namespace switchyard::app
