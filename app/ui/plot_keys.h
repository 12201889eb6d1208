// Plots by keyboard: Tab stands on one as on a control, the arrow keys move what points into it (by a cell, where
// it has cells; ten times as far with Shift), Home and End go to its ends, the page keys turn the wheel. Space is
// a click there, Enter a double click, which fits a plot again. What the mouse shows under it is shown: values,
// tooltips, what is lit elsewhere. A move of the mouse ends it, the next key begins again.
//
// Thread safety: window thread only.
#pragma once

#include <imgui.h>

#include <cstddef>
#include <optional>

#include "app/ui/focus.h"
#include "viz/widgets/item.h"

namespace switchyard::app {

class PlotKeys : public viz::KeyPointer {
 public:
  bool point(const char* name, ImGuiID id, const viz::Rect& rect) override;
  void cells(ImGuiID id, const viz::Rect& area, std::size_t columns, std::size_t rows) override;
  // ImGui has its own mouse again. Behind the panel that the plot is in: what it says of the plot it says before.
  void let_go();
  // The plot that has the ring in this frame.
  bool has(ImGuiID id) const { return id == id_; }

 private:
  struct Mouse {
    ImVec2 at;
    float down_s = 0, wheel = 0;
    bool clicked = false;
    unsigned short clicks = 0;
  };
  void move(const FocusKeys& keys);

  ImGuiID id_ = 0;                      // of the plot it is in
  viz::Rect rect_{};                    // of that
  viz::Point at_{0.5f, 0.5f};           // in parts of the area
  viz::Rect area_{};                    // as it was told in the frame before, from the plot's corner on
  std::size_t columns_ = 0, rows_ = 0;  // 0: no cells
  bool rests_ = false;                  // the mouse was moved since
  std::optional<Mouse> own_{};          // ImGui's, while this is in its place
};

}  // namespace switchyard::app
