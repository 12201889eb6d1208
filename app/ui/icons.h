// Small shapes that no font has, drawn.
//
// Thread safety: window thread only.
#pragma once

#include "app/ui/skin.h"

namespace switchyard::app {

enum class Icon {
  none,
  play,
  pause,
  step,
  reset,
  close,
  chevron_down,
  chevron_right,
  chevron_left,
  picture,
  table
};

// Drawn shapes, as no font has them all. `box` is the square it fills.
void draw_icon(ImDrawList* list, Icon icon, ImVec2 centre, float size, viz::Colour colour);

}  // namespace switchyard::app
