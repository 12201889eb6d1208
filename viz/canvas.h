// What a widget draws on. Widgets know only this, so that a plot on the screen and the same plot in a
// vector file come from the same code. Calls take whole arrays where there may be many of a thing.
//
// Units: pixels, y down. Colours with zero alpha draw nothing. Not thread safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "viz/geometry.h"

namespace viz {

enum class Font { body, bold, mono, small, mono_small };
enum class Align { start, middle, end };  // left/top, centre, right/bottom of the given position

enum class Stroke {
  smooth,  // anti-aliased and joined
  crisp,   // plain segments without joins: for dense zigzags, where joins would spike
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
  // A grid of equal cells filling `rect`, like an image without interpolation; row-major, row 0 on top.
  virtual void cell_grid(const Rect& rect, std::size_t rows, std::size_t columns,
                         std::span<const Colour> colours) = 0;

  virtual void text(Point at, std::string_view text, Colour colour, Font font = Font::body,
                    Align horizontal = Align::start, Align vertical = Align::start) = 0;
  virtual Point text_size(std::string_view text, Font font = Font::body) = 0;

  virtual void push_clip(const Rect& rect) = 0;  // intersected with the clip in force
  virtual void pop_clip() = 0;
};

// Dashes of `on` pixels with gaps of `off` along the line a-b.
void dashed_line(Canvas& canvas, Point a, Point b, Colour colour, float thickness, float on, float off);
// Dashes that run on around the corners of a polyline.
void dashed_polyline(Canvas& canvas, std::span<const Point> points, Colour colour, float thickness, float on,
                     float off);
// Diagonal lines inside a rectangle: identity beyond colour. Pattern 0 leans right, 1 left, 2 both,
// 3 lies flat; larger numbers repeat.
void hatch(Canvas& canvas, const Rect& rect, Colour colour, float thickness, float spacing, unsigned pattern);

// `text` if it fits in `width`, else its start with an ellipsis; cuts between UTF-8 characters. Empty
// when not even the ellipsis fits.
std::string ellipsized(Canvas& canvas, std::string_view text, float width, Font font = Font::body);

}  // namespace viz
