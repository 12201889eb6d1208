#include "viz/canvas/canvas.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace viz {

float grid_edge(float low, float extent, std::size_t i, std::size_t count) {
  return std::round(low + extent * static_cast<float>(i) / static_cast<float>(count));
}

FlowPoint flow_point(float s) { return {s * (1.5f - 1.5f * s + s * s), s * s * (3 - 2 * s)}; }

FlowPoint flow_slope(float s) { return {1.5f - 3 * s + 3 * s * s, 6 * s * (1 - s)}; }

void dashed_line(Canvas& canvas, Point a, Point b, Colour colour, float thickness, float on, float off) {
  const float length = std::hypot(b.x - a.x, b.y - a.y);
  if (!(length > 0) || !(on + off > 0)) return;
  const auto at = [&](float s) { return Point(a.x + (b.x - a.x) * s / length, a.y + (b.y - a.y) * s / length); };
  std::vector<Point> pairs;
  for (float start = 0; start < length; start += on + off)
    pairs.insert(pairs.end(), {at(start), at(std::min(start + on, length))});
  canvas.segments(pairs, colour, thickness);
}

void hatch(Canvas& canvas, const Rect& rect, Colour colour, float thickness, float spacing, unsigned pattern) {
  if (rect.width() <= 0 || rect.height() <= 0 || spacing <= 0) return;
  std::vector<Point> pairs;
  // Lines x + lean × y = c clipped to the rectangle by hand: a clip per bar would cost a draw call each.
  const auto diagonals = [&](float lean) {
    const float low = rect.x0 + std::min(lean * rect.y0, lean * rect.y1);
    const float high = rect.x1 + std::max(lean * rect.y0, lean * rect.y1);
    for (float c = (std::floor(low / spacing) + 1) * spacing; c < high; c += spacing) {
      const float xa = std::clamp(c - lean * rect.y0, rect.x0, rect.x1);
      const float xb = std::clamp(c - lean * rect.y1, rect.x0, rect.x1);
      pairs.push_back({xa, (c - xa) * lean});
      pairs.push_back({xb, (c - xb) * lean});
    }
  };
  pattern %= 4;
  if (pattern == 0 || pattern == 2) diagonals(1);
  if (pattern == 1 || pattern == 2) diagonals(-1);
  if (pattern == 3) {
    for (float y = rect.y1 - spacing; y > rect.y0; y -= spacing) {
      pairs.push_back({rect.x0, y});
      pairs.push_back({rect.x1, y});
    }
  }
  canvas.segments(pairs, colour, thickness);
}

std::string ellipsized(Canvas& canvas, std::string_view text, float width, Font font) {
  width += 0.5f;  // sums of widths round; a label must not be cut in the room measured for it
  if (canvas.text_size(text, font).x <= width) return std::string(text);
  static constexpr std::string_view kDots = "...";
  const auto starts_character = [&](std::size_t i) {
    return i == text.size() || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
  };
  // Binary search over byte lengths, moved back to the start of a character.
  std::size_t fits = 0, too_long = text.size();
  bool any = canvas.text_size(kDots, font).x <= width;
  while (any && fits + 1 < too_long) {
    const std::size_t middle = (fits + too_long) / 2;
    std::size_t cut = middle;
    while (cut > 0 && !starts_character(cut)) --cut;
    const std::string tried = std::string(text.substr(0, cut)) + std::string(kDots);
    (canvas.text_size(tried, font).x <= width ? fits : too_long) = middle;
  }
  if (!any) return {};
  while (fits > 0 && !starts_character(fits)) --fits;
  while (fits > 0 && text[fits - 1] == ' ') --fits;
  return std::string(text.substr(0, fits)) + std::string(kDots);
}

}  // namespace viz
