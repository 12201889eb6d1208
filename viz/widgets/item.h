// What every widget begins with: an invisible ImGui item of the wanted size and what the mouse does there.
#pragma once

#include "viz/base/geometry.h"

namespace viz {

struct Item {
  Rect rect;
  bool visible = false;  // some of it is inside the clip rectangle: worth drawing
  bool hovered = false;
  Point mouse;
};

// Lays out an item of `size` (0: what is left of the region) at the cursor. With keeps_wheel the mouse wheel does
// not scroll the window while the mouse is over it.
Item place_item(const char* id, ImVec2 size, bool keeps_wheel);

}  // namespace viz
