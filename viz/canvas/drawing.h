// Draw calls kept in order, to be made again on another canvas: what the screen shows of a panel, for a file.
// Whoever draws has measured already, so a drawing knows no fonts.
//
// A Tap is where CanvasImGui looks for a drawing to write down what it draws (Theme::tap). It is owned by whoever
// captures, and is empty but for the time between the begin and the end of what is captured.
//
// Thread safety: plain values, one thread.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "viz/canvas/canvas.h"

namespace viz {

class Drawing {
 public:
  void line(Point a, Point b, Colour colour, float thickness);
  void segments(std::span<const Point> pairs, Colour colour, float thickness);
  void polyline(std::span<const Point> points, Colour colour, float thickness, Stroke stroke);
  void rect_fill(const Rect& rect, Colour colour, float rounding);
  void rect_outline(const Rect& rect, Colour colour, float thickness, float rounding);
  void circle_fill(Point centre, float radius, Colour colour);
  void circle_outline(Point centre, float radius, Colour colour, float thickness);
  void polygon_fill(std::span<const Point> points, Colour colour);
  void dots(std::span<const Point> centres, std::span<const Colour> colours, float radius);
  void area_fill(std::span<const Point> upper, std::span<const Point> lower, Colour colour);
  void ribbon_fill(const Ribbon& ribbon, Colour colour);
  void cell_grid(const Rect& rect, std::size_t rows, std::size_t columns, std::span<const Colour> colours);
  void text(Point at, std::string_view text, Colour colour, Font font, Align horizontal, Align vertical);
  void push_clip(const Rect& rect);
  void pop_clip();
  // What the screen's window shows, before each call: the calls that follow outside any clip of their own are kept to it,
  // as what scrolled out of sight is not on the screen either.
  void set_window(const Rect& rect);

  bool empty() const { return calls_.empty(); }
  void draw_on(Canvas& canvas) const;

 private:
  static constexpr float kFilled = -1;
  using Points = std::vector<Point>;
  struct Line {
    Point a, b;
    Colour colour;
    float thickness;
  };
  struct Segments {
    Points pairs;
    Colour colour;
    float thickness;
  };
  struct Polyline {
    Points points;
    Colour colour;
    float thickness;
    Stroke stroke;
  };
  struct Box {
    Rect rect;
    Colour colour;
    float thickness;  // kFilled, or of the outline
    float rounding;
  };
  struct Circle {
    Point centre;
    float radius;
    Colour colour;
    float thickness;  // kFilled, or of the outline
  };
  struct Polygon {
    Points points;
    Colour colour;
  };
  struct Dots {
    Points centres;
    std::vector<Colour> colours;
    float radius;
  };
  struct Area {
    Points upper, lower;
    Colour colour;
  };
  struct Flow {
    Ribbon ribbon;
    Colour colour;
  };
  struct Grid {
    Rect rect;
    std::size_t rows, columns;
    std::vector<Colour> colours;
  };
  struct Words {
    Point at;
    std::string text;
    Colour colour;
    Font font;
    Align horizontal, vertical;
  };
  struct Clip {
    Rect rect;
  };
  struct Unclip {};
  using Call =
      std::variant<Line, Segments, Polyline, Box, Circle, Polygon, Dots, Area, Flow, Grid, Words, Clip, Unclip>;

  std::vector<Call> calls_;
  int depth_ = 0;               // of clips that are open, the window's not counted
  std::optional<Rect> window_;  // the clip that is open for it
};

struct Tap {
  Drawing* into = nullptr;  // not owned; null: nothing is written down
};

}  // namespace viz
