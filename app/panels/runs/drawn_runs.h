// Which runs of the table have their losses drawn, and how: those that are selected, or where none is the first of
// the table; of a grouping each group as one curve.
//
// Thread safety: window thread only; pure functions.
#pragma once

#include <string>
#include <vector>

#include "app/panels/runs/run_lines.h"
#include "viz/base/theme.h"
#include "viz/canvas/line_style.h"

namespace switchyard::app {

inline constexpr std::size_t kMostDrawn = 12;
inline constexpr std::size_t kMostSeedsDrawn = 32;  // runs of a setup; the label says of how many

struct DrawnRun {
  std::string name;  // of the line
  std::string label;
  std::vector<std::filesystem::path> folders;
  viz::Colour colour = 0;
  viz::LineStyle style = viz::LineStyle::solid;
};
struct DrawnRuns {
  std::vector<DrawnRun> drawn;
  std::size_t left_out = 0;   // selected, beyond kMostDrawn
  bool is_selection = false;  // not the first of the table
};
DrawnRuns drawn_runs(const RunListing& listing, const LibraryView& view, const viz::Theme& theme);

}  // namespace switchyard::app
