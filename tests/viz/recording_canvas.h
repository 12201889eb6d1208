// A canvas that draws nothing and writes down what it was asked for; every character is 7 by 13 pixels (small
// fonts 6 by 11). For tests of what widgets draw and where.
#pragma once

#include <string>
#include <vector>

#include "viz/canvas/canvas.h"

namespace viz::testing {

class RecordingCanvas : public Canvas {
 public:
  struct Text {
    std::string text;
    Rect box;
    Colour colour;
  };
  struct Box {
    Rect rect;
    Colour colour;
  };
  struct Path {
    std::vector<Point> points;
    Colour colour;
    Stroke stroke;
  };
  struct Grid {
    Rect rect;
    std::size_t rows, columns;
    std::vector<Colour> colours;
  };

  struct Area {
    std::vector<Point> upper, lower;
    Colour colour;
  };
  struct Band {
    Ribbon ribbon;
    Colour colour;
  };

  std::vector<Text> texts;
  std::vector<Area> areas;
  std::vector<Band> ribbons;
  std::vector<Box> rects, outlines;
  std::vector<Path> polylines;
  std::vector<Grid> grids;
  std::vector<Point> dot_centres;
  std::vector<Colour> dot_colours;
  std::size_t segment_count = 0;
  int clip_depth = 0;

  void clear() { *this = RecordingCanvas(); }
  bool wrote(std::string_view wanted) const {
    for (const Text& text : texts) {
      if (text.text == wanted) return true;
    }
    return false;
  }
  int rects_of(Colour colour) const {
    int count = 0;
    for (const Box& box : rects) count += box.colour == colour;
    return count;
  }

  void line(Point, Point, Colour, float) override { ++segment_count; }
  void segments(std::span<const Point> pairs, Colour, float) override { segment_count += pairs.size() / 2; }
  void polyline(std::span<const Point> points, Colour colour, float, Stroke stroke) override {
    polylines.push_back({{points.begin(), points.end()}, colour, stroke});
  }
  void rect_fill(const Rect& rect, Colour colour, float) override { rects.push_back({rect, colour}); }
  void rect_outline(const Rect& rect, Colour colour, float, float) override { outlines.push_back({rect, colour}); }
  void circle_fill(Point, float, Colour) override {}
  void circle_outline(Point, float, Colour, float) override {}
  void polygon_fill(std::span<const Point>, Colour) override {}
  void dots(std::span<const Point> centres, std::span<const Colour> colours, float) override {
    dot_centres.insert(dot_centres.end(), centres.begin(), centres.end());
    dot_colours.insert(dot_colours.end(), colours.begin(), colours.end());
  }
  void area_fill(std::span<const Point> upper, std::span<const Point> lower, Colour colour) override {
    areas.push_back({{upper.begin(), upper.end()}, {lower.begin(), lower.end()}, colour});
  }
  void ribbon_fill(const Ribbon& ribbon, Colour colour) override { ribbons.push_back({ribbon, colour}); }
  void cell_grid(const Rect& rect, std::size_t rows, std::size_t columns,
                 std::span<const Colour> colours) override {
    grids.push_back({rect, rows, columns, {colours.begin(), colours.end()}});
  }
  void text(Point at, std::string_view text, Colour colour, Font font, Align horizontal, Align vertical) override {
    if (text.empty()) return;
    const Point size = text_size(text, font);
    const auto shift = [](Align align, float length) {
      return align == Align::start ? 0 : align == Align::middle ? length / 2 : length;
    };
    at.x -= shift(horizontal, size.x);
    at.y -= shift(vertical, size.y);
    texts.push_back({std::string(text), {at.x, at.y, at.x + size.x, at.y + size.y}, colour});
  }
  Point text_size(std::string_view text, Font font) override {
    const bool small = font == Font::small || font == Font::mono_small;
    std::size_t characters = 0;
    for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return {static_cast<float>(characters) * (small ? 6 : 7), small ? 11.0f : 13.0f};
  }
  void push_clip(const Rect&) override { ++clip_depth; }
  void pop_clip() override { --clip_depth; }
};

}  // namespace viz::testing
