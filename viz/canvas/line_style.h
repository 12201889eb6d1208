// How a curve is stroked, so that curves of one colour can be told apart, also in print without colours.
//
// Thread safety: as Canvas.
#pragma once

#include <span>

#include "viz/canvas/canvas.h"

namespace viz {

enum class LineStyle { solid, dashed, dotted, dash_dot };

// In the order in which a reader tells them apart best; repeats from the fifth on.
constexpr LineStyle line_style(std::size_t index) { return static_cast<LineStyle>(index % 4); }

// `stroke` counts for a solid one. Lengths of dashes are those of scale 1 times `scale`.
void styled_polyline(Canvas& canvas, std::span<const Point> points, Colour colour, float thickness, Stroke stroke,
                     LineStyle style, float scale);

}  // namespace viz
