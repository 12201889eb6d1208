// What a plot remembers between frames: its zoom and which curves are hidden. Held by the caller.
#pragma once

#include <set>
#include <string>

namespace viz {

struct PlotState {
  bool fit_x = true, fit_y = true;                    // follow the data
  double x_min = 0, x_max = 1, y_min = 0, y_max = 1;  // what is shown where not fitted
  std::set<std::string> hidden;                       // labels switched off in the legend
  bool dragging = false, boxing = false;
  double box_x = 0, box_y = 0;  // data coordinates where a box began
};

// One hover line for every plot that shares an x axis. Written by the plot under the mouse, drawn by
// all of them the frame after.
struct SharedHover {
  bool active = false;
  double x = 0;
  bool next_active = false;
  double next_x = 0;
  // Call once a frame, before the plots.
  void begin_frame() {
    active = next_active;
    x = next_x;
    next_active = false;
  }
};

}  // namespace viz
