// What every widget begins with: an invisible ImGui item of the wanted size and what the mouse does there.
#pragma once

#include <cstddef>

#include "viz/base/geometry.h"

namespace viz {

struct Item {
  Rect rect;
  bool visible = false;  // some of it is inside the clip rectangle: worth drawing
  bool hovered = false;
  Point mouse;
};

// Keys in the place of the mouse. While they point into an item they hover, press and turn the wheel there: the
// widgets ask ImGui alone. Window thread only.
class KeyPointer {
 public:
  virtual ~KeyPointer() = default;
  // The item of this id was placed there, as ImGui's last one. True: the keys are in it, and ImGui's mouse is
  // where they point.
  virtual bool point(const char* name, ImGuiID id, const Rect& rect) = 0;
  // What they point at in it lies in rows and columns: a press goes from one to the next. Comes behind point().
  virtual void cells(ImGuiID id, const Rect& area, std::size_t columns, std::size_t rows) = 0;
};
// The one at work; null: the mouse alone.
KeyPointer*& key_pointer();

// Lays out an item of `size` (0: what is left of the region) at the cursor. With keeps_wheel the mouse wheel does
// not scroll the window while the mouse is over it. by_keys: keys may point into it.
Item place_item(const char* id, ImVec2 size, bool keeps_wheel, bool by_keys = true);

// For the item of this name in the same window; `area` is what can be pointed at, in one cell or many.
void tell_cells(const char* id, const Rect& area, std::size_t columns = 0, std::size_t rows = 0);

}  // namespace viz
