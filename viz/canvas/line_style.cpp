#include "viz/canvas/line_style.h"

#include <array>
#include <cmath>
#include <vector>

namespace viz {
namespace {

// Stroke, gap, stroke, gap, in pixels at scale 1.
using Pattern = std::array<float, 4>;
constexpr float kLeast = 0.05f, kLongest = 20'000;
constexpr Pattern kDashed{5, 3, 5, 3}, kDotted{1.5f, 2.5f, 1.5f, 2.5f}, kDashDot{7, 3, 1.5f, 3};

// Walks the pattern along a polyline, around its corners.
class PatternWalk {
 public:
  PatternWalk(const Pattern& pattern, float scale) : pattern_(pattern), scale_(scale), left_(pattern[0] * scale) {}

  void along(Point a, Point b) {
    const float length = std::hypot(b.x - a.x, b.y - a.y);
    if (!(length > 0)) return;
    // Mostly out of sight: nobody counts dashes there.
    if (!(length < kLongest)) {
      pairs_.insert(pairs_.end(), {a, b});
      return;
    }
    const auto at = [&](float s) { return Point(a.x + (b.x - a.x) * s / length, a.y + (b.y - a.y) * s / length); };
    for (float s = 0; s < length;) {
      const float to = std::min(s + left_, length);
      if (part_ % 2 == 0) pairs_.insert(pairs_.end(), {at(s), at(to)});
      left_ -= to - s;
      s = to;
      // What is left of a part may be too little to move s at all.
      if (left_ > kLeast) continue;
      part_ = (part_ + 1) % pattern_.size();
      left_ = pattern_[part_] * scale_;
    }
  }
  const std::vector<Point>& pairs() const { return pairs_; }

 private:
  const Pattern& pattern_;
  float scale_, left_;
  std::size_t part_ = 0;
  std::vector<Point> pairs_;
};

}  // namespace

void styled_polyline(Canvas& canvas, std::span<const Point> points, Colour colour, float thickness, Stroke stroke,
                     LineStyle style, float scale) {
  if (style == LineStyle::solid) return canvas.polyline(points, colour, thickness, stroke);
  PatternWalk walk(style == LineStyle::dashed ? kDashed : style == LineStyle::dotted ? kDotted : kDashDot, scale);
  for (std::size_t i = 1; i < points.size(); ++i) walk.along(points[i - 1], points[i]);
  canvas.segments(walk.pairs(), colour, thickness);
}

}  // namespace viz
