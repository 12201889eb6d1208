// The canvas as pixels or as a page of PDF, without a window: the same calls drawn by Cairo into a picture of any
// scale, with the font files of the window. Text of a page stays text, its fonts are in the file, and equal calls
// give equal bytes.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "viz/canvas/canvas.h"
#include "viz/canvas/font_files.h"
#include "viz/canvas/typeface.h"

namespace viz {

struct Pixels {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  // [height, width, 3], top row first
};

enum class CairoTarget { pixels, pdf };

class CanvasCairo final : public Canvas {
 public:
  // The ground is opaque. `fonts` must outlive the canvas. The picture has the frame's size rounded up to whole
  // pixels.
  CanvasCairo(const PictureFrame& frame, Colour ground, const FontFiles& fonts,
              CairoTarget target = CairoTarget::pixels);
  ~CanvasCairo() override;

  void line(Point a, Point b, Colour colour, float thickness) override;
  void segments(std::span<const Point> pairs, Colour colour, float thickness) override;
  void polyline(std::span<const Point> points, Colour colour, float thickness, Stroke stroke) override;
  void rect_fill(const Rect& rect, Colour colour, float rounding = 0) override;
  void rect_outline(const Rect& rect, Colour colour, float thickness, float rounding = 0) override;
  void circle_fill(Point centre, float radius, Colour colour) override;
  void circle_outline(Point centre, float radius, Colour colour, float thickness) override;
  void polygon_fill(std::span<const Point> points, Colour colour) override;
  void dots(std::span<const Point> centres, std::span<const Colour> colours, float radius) override;
  void area_fill(std::span<const Point> upper, std::span<const Point> lower, Colour colour) override;
  void ribbon_fill(const Ribbon& ribbon, Colour colour) override;
  void cell_grid(const Rect& rect, std::size_t rows, std::size_t columns,
                 std::span<const Colour> colours) override;
  void text(Point at, std::string_view text, Colour colour, Font font = Font::body,
            Align horizontal = Align::start, Align vertical = Align::start) override;
  Point text_size(std::string_view text, Font font = Font::body) override { return fonts_.text_size(text, font); }
  void push_clip(const Rect& rect) override;
  void pop_clip() override;

  // What has been drawn. Empty where the picture could not be made (no memory, more than 32,767 pixels a side).
  Pixels pixels() const;
  // The whole file of a target pdf; nothing can be drawn afterwards. Empty where it could not be made.
  std::string pdf(const PictureText& about);

 private:
  struct Surface;  // Cairo's, kept out of this header
  const FontFiles& fonts_;
  std::unique_ptr<Surface> surface_;
};

}  // namespace viz
