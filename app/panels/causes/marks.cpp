#include "app/panels/causes/marks.h"

#include <algorithm>
#include <numeric>

namespace switchyard::app {

void draw_shape(viz::Canvas& canvas, MarkShape shape, viz::Point at, float radius, viz::Colour colour) {
  const float r = radius;
  switch (shape) {
    case MarkShape::circle:
      return canvas.circle_fill(at, r, colour);
    case MarkShape::square: {
      const float half = 0.88f * r;
      return canvas.rect_fill({at.x - half, at.y - half, at.x + half, at.y + half}, colour);
    }
    case MarkShape::triangle: {
      const viz::Point points[] = {
          {at.x, at.y - 1.2f * r}, {at.x + 1.15f * r, at.y + r}, {at.x - 1.15f * r, at.y + r}};
      return canvas.polygon_fill(points, colour);
    }
    case MarkShape::diamond: {
      const float far = 1.3f * r;
      const viz::Point points[] = {{at.x, at.y - far}, {at.x + far, at.y}, {at.x, at.y + far}, {at.x - far, at.y}};
      return canvas.polygon_fill(points, colour);
    }
    case MarkShape::cross: {
      const viz::Point lines[] = {
          {at.x - r, at.y - r}, {at.x + r, at.y + r}, {at.x - r, at.y + r}, {at.x + r, at.y - r}};
      return canvas.segments(lines, colour, std::max(1.5f, 0.5f * r));
    }
  }
}

std::vector<float> spread_out(std::span<const float> wanted, float each, float low, float high) {
  std::vector<std::size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
  std::vector<float> at(wanted.begin(), wanted.end());
  float from = low + each / 2;
  for (const std::size_t i : order) {
    at[i] = std::max(wanted[i], from);
    from = at[i] + each;
  }
  // Back from the end, as far as those before leave room.
  float to = high - each / 2;
  for (auto i = order.rbegin(); i != order.rend(); ++i) {
    at[*i] = std::min(at[*i], to);
    to = at[*i] - each;
  }
  return at;
}

}  // namespace switchyard::app
