#include "viz/canvas/drawing.h"

namespace viz {
namespace {

template <class T>
std::vector<T> kept(std::span<const T> values) {
  return {values.begin(), values.end()};
}

template <class... Cases>
struct Visit : Cases... {
  using Cases::operator()...;
};

}  // namespace

void Drawing::line(Point a, Point b, Colour colour, float thickness) {
  calls_.emplace_back(Line{a, b, colour, thickness});
}
void Drawing::segments(std::span<const Point> pairs, Colour colour, float thickness) {
  calls_.emplace_back(Segments{kept(pairs), colour, thickness});
}
void Drawing::polyline(std::span<const Point> points, Colour colour, float thickness, Stroke stroke) {
  calls_.emplace_back(Polyline{kept(points), colour, thickness, stroke});
}
void Drawing::rect_fill(const Rect& rect, Colour colour, float rounding) {
  calls_.emplace_back(Box{rect, colour, kFilled, rounding});
}
void Drawing::rect_outline(const Rect& rect, Colour colour, float thickness, float rounding) {
  calls_.emplace_back(Box{rect, colour, thickness, rounding});
}
void Drawing::circle_fill(Point centre, float radius, Colour colour) {
  calls_.emplace_back(Circle{centre, radius, colour, kFilled});
}
void Drawing::circle_outline(Point centre, float radius, Colour colour, float thickness) {
  calls_.emplace_back(Circle{centre, radius, colour, thickness});
}
void Drawing::polygon_fill(std::span<const Point> points, Colour colour) {
  calls_.emplace_back(Polygon{kept(points), colour});
}
void Drawing::dots(std::span<const Point> centres, std::span<const Colour> colours, float radius) {
  calls_.emplace_back(Dots{kept(centres), kept(colours), radius});
}
void Drawing::area_fill(std::span<const Point> upper, std::span<const Point> lower, Colour colour) {
  calls_.emplace_back(Area{kept(upper), kept(lower), colour});
}
void Drawing::ribbon_fill(const Ribbon& ribbon, Colour colour) { calls_.emplace_back(Flow{ribbon, colour}); }
void Drawing::cell_grid(const Rect& rect, std::size_t rows, std::size_t columns, std::span<const Colour> colours) {
  calls_.emplace_back(Grid{rect, rows, columns, kept(colours)});
}
void Drawing::text(Point at, std::string_view text, Colour colour, Font font, Align horizontal, Align vertical) {
  calls_.emplace_back(Words{at, std::string(text), colour, font, horizontal, vertical});
}
void Drawing::push_clip(const Rect& rect) {
  ++depth_;
  calls_.emplace_back(Clip{rect});
}
void Drawing::pop_clip() {
  --depth_;
  calls_.emplace_back(Unclip{});
}

void Drawing::set_window(const Rect& rect) {
  if (depth_ > 0) return;
  if (window_) {
    const Rect& now = *window_;
    if (now.x0 == rect.x0 && now.y0 == rect.y0 && now.x1 == rect.x1 && now.y1 == rect.y1) return;
    calls_.emplace_back(Unclip{});
  }
  window_ = rect;
  calls_.emplace_back(Clip{rect});
}

void Drawing::draw_on(Canvas& canvas) const {
  const Visit draw{
      [&](const Line& c) { canvas.line(c.a, c.b, c.colour, c.thickness); },
      [&](const Segments& c) { canvas.segments(c.pairs, c.colour, c.thickness); },
      [&](const Polyline& c) { canvas.polyline(c.points, c.colour, c.thickness, c.stroke); },
      [&](const Box& c) {
        if (c.thickness == kFilled) canvas.rect_fill(c.rect, c.colour, c.rounding);
        else canvas.rect_outline(c.rect, c.colour, c.thickness, c.rounding);
      },
      [&](const Circle& c) {
        if (c.thickness == kFilled) canvas.circle_fill(c.centre, c.radius, c.colour);
        else canvas.circle_outline(c.centre, c.radius, c.colour, c.thickness);
      },
      [&](const Polygon& c) { canvas.polygon_fill(c.points, c.colour); },
      [&](const Dots& c) { canvas.dots(c.centres, c.colours, c.radius); },
      [&](const Area& c) { canvas.area_fill(c.upper, c.lower, c.colour); },
      [&](const Flow& c) { canvas.ribbon_fill(c.ribbon, c.colour); },
      [&](const Grid& c) { canvas.cell_grid(c.rect, c.rows, c.columns, c.colours); },
      [&](const Words& c) { canvas.text(c.at, c.text, c.colour, c.font, c.horizontal, c.vertical); },
      [&](const Clip& c) { canvas.push_clip(c.rect); },
      [&](const Unclip&) { canvas.pop_clip(); },
  };
  for (const Call& call : calls_) std::visit(draw, call);
  if (window_) canvas.pop_clip();
}

}  // namespace viz
