// The canvas in a file: the same calls as SVG 1.1 text. Text stays text (families with fallbacks), one element a
// line, numbers with at most two decimals and a point whatever the locale: equal calls give equal bytes, and a
// changed call changes its own lines.
//
// What may be many is kept compact. A cell grid becomes one path a colour, equal neighbours of a row joined:
// unlike an embedded picture it stays sharp in every viewer and at every size, can be recoloured by hand, and its
// differences can be read. Dots become one path a colour for every 256 of them, round caps on strokes of no
// length: who covers whom is kept to within 256.
//
// Thread safety: one thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "viz/canvas/canvas.h"
#include "viz/canvas/typeface.h"

namespace viz {

class CanvasSvg final : public Canvas {
 public:
  CanvasSvg(const PictureFrame& frame, Typefaces typefaces, MeasureText measure);

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
  Point text_size(std::string_view text, Font font = Font::body) override { return measure_(text, font); }
  void push_clip(const Rect& rect) override;
  void pop_clip() override;

  // The whole file.
  std::string document(const PictureText& about) const;

 private:
  // A clip that was asked for; its element is opened by the first thing drawn in it.
  struct Clip {
    Rect rect;
    bool open = false;
  };

  float x(float at) const { return (at - frame_.area.x0) * frame_.scale; }
  float y(float at) const { return (at - frame_.area.y0) * frame_.scale; }
  float length(float size) const { return size * frame_.scale; }
  // Begins a line of the file, inside the clips in force.
  std::string& element();
  void put_stroke(std::string& out, Colour colour, float thickness) const;
  void put_points(std::string& out, std::span<const Point> points) const;
  void put_box(std::string& out, const Rect& rect, float rounding) const;

  PictureFrame frame_;
  Typefaces typefaces_;
  MeasureText measure_;
  std::string body_;
  std::vector<Clip> clips_;
  std::map<std::string, std::size_t> clip_ids_;  // by the element's text: equal rectangles share a path
  std::array<bool, 5> used_{};                   // fonts, by Font
};

}  // namespace viz
