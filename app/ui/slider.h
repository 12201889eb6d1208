// A slider, by mouse and arrow keys.
//
// Thread safety: window thread only.
#pragma once

#include <string_view>

#include "app/ui/skin.h"

namespace switchyard::app {

// What happened to a slider in this frame. `position` is 0 to 1 and meaningful while changed.
struct SliderEvent {
  bool began = false, changed = false, ended = false;
  bool wants_typing = false;  // Ctrl-click, or Enter on the focused slider
  bool hovered = false;
  float position = 0;
  int turned = 0;  // steps by the arrow keys
};
// A slim track with a round grab over the width given; `shown` is where the grab sits.
SliderEvent slider(const Skin& skin, std::string_view label, float width, float shown, bool lit = true,
                   std::string_view text = {});

}  // namespace switchyard::app
