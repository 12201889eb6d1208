// The canvas on the screen: an ImDrawList. Made anew each frame (it is two pointers), window thread only.
// Vertex counts are kept low, as software GL pays for each: long polylines use texture-blended lines,
// many dots become squares, equal neighbours of a cell grid become one rectangle.
//
// Made with a theme, it also writes every call into the drawing at the theme's tap, where there is one: so the picture
// of a panel is what the panel drew. Controls are made with the fonts alone and stay out of pictures.
#pragma once

#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"
#include "viz/canvas/drawing.h"

namespace viz {

class CanvasImGui final : public Canvas {
 public:
  CanvasImGui(ImDrawList* list, const Theme& theme)
      : list_(list), fonts_(theme.fonts), copy_(theme.tap ? theme.tap->into : nullptr) {}
  CanvasImGui(ImDrawList* list, const Fonts& fonts) : list_(list), fonts_(fonts) {}
  // Both are referred to while it lives.
  CanvasImGui(ImDrawList* list, Theme&& theme) = delete;
  CanvasImGui(ImDrawList* list, Fonts&& fonts) = delete;

  void line(Point a, Point b, Colour colour, float thickness) override;
  void segments(std::span<const Point> pairs, Colour colour, float thickness) override;
  void polyline(std::span<const Point> points, Colour colour, float thickness, Stroke stroke) override;
  void rect_fill(const Rect& rect, Colour colour, float rounding) override;
  void rect_outline(const Rect& rect, Colour colour, float thickness, float rounding) override;
  void circle_fill(Point centre, float radius, Colour colour) override;
  void circle_outline(Point centre, float radius, Colour colour, float thickness) override;
  void polygon_fill(std::span<const Point> points, Colour colour) override;
  void dots(std::span<const Point> centres, std::span<const Colour> colours, float radius) override;
  void area_fill(std::span<const Point> upper, std::span<const Point> lower, Colour colour) override;
  void ribbon_fill(const Ribbon& ribbon, Colour colour) override;
  void cell_grid(const Rect& rect, std::size_t rows, std::size_t columns,
                 std::span<const Colour> colours) override;
  void text(Point at, std::string_view text, Colour colour, Font font, Align horizontal, Align vertical) override;
  Point text_size(std::string_view text, Font font) override;
  void push_clip(const Rect& rect) override;
  void pop_clip() override;

 private:
  // Where this call is to be written down too; null: nowhere.
  Drawing* copy();
  ImFont* font_for(Font font) const;
  void draw_line(Point a, Point b, Colour colour, float thickness);
  void draw_area(std::span<const Point> upper, std::span<const Point> lower, Colour colour);
  void draw_thick(std::span<const Point> upper, std::span<const Point> lower, Colour colour);
  bool draw_slim(std::span<const Point> upper, std::span<const Point> lower, std::span<const float> lean,
                 Colour colour);

  ImDrawList* list_;
  const Fonts& fonts_;
  Drawing* copy_ = nullptr;
};

}  // namespace viz
