// Parallel coordinates (A. Inselberg, 1985): what was measured at combinations of several settings, a line each.
// An upright axis a setting with its values in their order, and at the right one of the measurement. Lines through
// the same value lie beside each other, those with the least measurement lowest, so that none hides another.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace viz {

struct ParallelAxis {
  std::string_view name{};
  std::span<const std::string_view> values{};  // from the lowest place up
};

struct ParallelLine {
  std::span<const std::size_t> at{};  // its value on each axis; one beyond an axis: it is not drawn
  float y = 0;                        // what was measured; not finite: it is not drawn
  bool strong = false;                // stands out, over the others
};

struct ParallelPlotSpec {
  std::span<const ParallelAxis> axes{};
  std::span<const ParallelLine> lines{};
  std::string_view y_name{};
  std::string (*format)(double) = nullptr;  // of a tick; null: as axes have them
  Colour strong = 0;                        // 0: the theme's accent
  std::string_view empty_text = "no data yet";
};

void draw_parallel_plot(Canvas& canvas, const Rect& rect, const ParallelPlotSpec& spec, const Theme& theme,
                        float scale);

}  // namespace viz
