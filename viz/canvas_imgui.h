// The canvas on the screen: an ImDrawList. Made anew each frame (it is two pointers), window thread only.
// Vertex counts are kept low, as software GL pays for each: long polylines use texture-blended lines,
// many dots become squares, equal neighbours of a cell grid become one rectangle.
#pragma once

#include "viz/canvas.h"
#include "viz/theme.h"

namespace viz {

class CanvasImGui final : public Canvas {
 public:
  CanvasImGui(ImDrawList* list, const Fonts& fonts) : list_(list), fonts_(fonts) {}

  void line(Point a, Point b, Colour colour, float thickness) override;
  void segments(std::span<const Point> pairs, Colour colour, float thickness) override;
  void polyline(std::span<const Point> points, Colour colour, float thickness, Stroke stroke) override;
  void rect_fill(const Rect& rect, Colour colour, float rounding) override;
  void rect_outline(const Rect& rect, Colour colour, float thickness, float rounding) override;
  void circle_fill(Point centre, float radius, Colour colour) override;
  void circle_outline(Point centre, float radius, Colour colour, float thickness) override;
  void polygon_fill(std::span<const Point> points, Colour colour) override;
  void dots(std::span<const Point> centres, std::span<const Colour> colours, float radius) override;
  void cell_grid(const Rect& rect, std::size_t rows, std::size_t columns,
                 std::span<const Colour> colours) override;
  void text(Point at, std::string_view text, Colour colour, Font font, Align horizontal, Align vertical) override;
  Point text_size(std::string_view text, Font font) override;
  void push_clip(const Rect& rect) override;
  void pop_clip() override;

 private:
  ImFont* font_for(Font font) const;

  ImDrawList* list_;
  const Fonts& fonts_;
};

}  // namespace viz
