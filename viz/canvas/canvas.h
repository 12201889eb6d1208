// What a widget draws on. Widgets know only this, so that a plot on the screen and the same plot in a
// vector file come from the same code. Calls take whole arrays where there may be many of a thing.
//
// Units: pixels, y down. Colours with zero alpha draw nothing. Not thread safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "viz/base/geometry.h"

namespace viz {

enum class Font { body, bold, mono, small, mono_small };
enum class Align { start, middle, end };  // left/top, centre, right/bottom of the given position

enum class Stroke {
  smooth,  // anti-aliased and joined
  crisp,   // plain segments without joins: for dense zigzags, where joins would spike
};

// Upright ends of a band that flows from left to right.
struct Ribbon {
  float x0 = 0, top0 = 0, bottom0 = 0;
  float x1 = 0, top1 = 0, bottom1 = 0;
};

class Canvas {
 public:
  virtual ~Canvas() = default;

  virtual void line(Point a, Point b, Colour colour, float thickness) = 0;
  // Pairs of points, each pair its own line: ticks, dashes, hatches.
  virtual void segments(std::span<const Point> pairs, Colour colour, float thickness) = 0;
  virtual void polyline(std::span<const Point> points, Colour colour, float thickness, Stroke stroke) = 0;
  virtual void rect_fill(const Rect& rect, Colour colour, float rounding = 0) = 0;
  virtual void rect_outline(const Rect& rect, Colour colour, float thickness, float rounding = 0) = 0;
  virtual void circle_fill(Point centre, float radius, Colour colour) = 0;
  virtual void circle_outline(Point centre, float radius, Colour colour, float thickness) = 0;
  // A convex polygon; a triangle is one of three points.
  virtual void polygon_fill(std::span<const Point> points, Colour colour) = 0;
  // Many dots of one size: colours has one entry a point. Large numbers may be drawn as squares.
  virtual void dots(std::span<const Point> centres, std::span<const Colour> colours, float radius) = 0;
  // The area between two curves with as many points each, point i of one straight above point i of the other.
  virtual void area_fill(std::span<const Point> upper, std::span<const Point> lower, Colour colour) = 0;
  // A band that leaves (x0, from top0 to bottom0) and arrives at (x1, from top1 to bottom1) level, along
  // flow_point().
  virtual void ribbon_fill(const Ribbon& ribbon, Colour colour) = 0;
  // A grid of equal cells filling `rect`, like an image without interpolation; row-major, row 0 on top.
  // Edges of cells are rounded to whole pixels (grid_edge).
  virtual void cell_grid(const Rect& rect, std::size_t rows, std::size_t columns,
                         std::span<const Colour> colours) = 0;

  virtual void text(Point at, std::string_view text, Colour colour, Font font = Font::body,
                    Align horizontal = Align::start, Align vertical = Align::start) = 0;
  virtual Point text_size(std::string_view text, Font font = Font::body) = 0;

  virtual void push_clip(const Rect& rect) = 0;  // intersected with the clip in force
  virtual void pop_clip() = 0;
};

// The edge before cell i of `count` that share [low, low + extent]: whole pixels, or cells would show seams.
float grid_edge(float low, float extent, std::size_t i, std::size_t count);

// An edge of a ribbon: the cubic Bezier curve that starts and ends level, with both inner points halfway in x. At s in
// [0, 1]: which shares of the way are gone in x, s (1.5 - 1.5 s + s^2), and in y, s^2 (3 - 2 s).
struct FlowPoint {
  float along = 0, across = 0;
};
FlowPoint flow_point(float s);
// Its derivative by s: `along` is never 0.
FlowPoint flow_slope(float s);

// Dashes of `on` pixels with gaps of `off` along the line a-b.
void dashed_line(Canvas& canvas, Point a, Point b, Colour colour, float thickness, float on, float off);
// Diagonal lines inside a rectangle: identity beyond colour. Pattern 0 leans right, 1 left, 2 both,
// 3 lies flat; larger numbers repeat.
void hatch(Canvas& canvas, const Rect& rect, Colour colour, float thickness, float spacing, unsigned pattern);

// `text` if it fits in `width`, else its start with an ellipsis; cuts between UTF-8 characters. Empty
// when not even the ellipsis fits.
std::string ellipsized(Canvas& canvas, std::string_view text, float width, Font font = Font::body);

}  // namespace viz
