#include "viz/canvas/line_style.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "recording_canvas.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

struct Segments final : testing::RecordingCanvas {
  void segments(std::span<const Point> pairs, Colour, float) override { drawn.assign(pairs.begin(), pairs.end()); }
  double length() const {
    double sum = 0;
    for (std::size_t i = 0; i + 1 < drawn.size(); i += 2)
      sum += std::hypot(drawn[i + 1].x - drawn[i].x, drawn[i + 1].y - drawn[i].y);
    return sum;
  }
  std::vector<Point> drawn;
};

TEST(LineStyle, DashesOfAStraightLineLieWhereThePatternSays) {
  Segments canvas;
  const Point line[] = {{0, 0}, {20, 0}};
  styled_polyline(canvas, line, 1, 1, Stroke::smooth, LineStyle::dashed, 1);
  ASSERT_EQ(canvas.drawn.size(), 6u);  // 0 to 5, 8 to 13, 16 to 20
  const float ends[] = {0, 5, 8, 13, 16, 20};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FLOAT_EQ(canvas.drawn[i].x, ends[i]);
  styled_polyline(canvas, line, 1, 1, Stroke::smooth, LineStyle::dash_dot, 1);
  EXPECT_NEAR(canvas.length(), 7 + 1.5 + 5.5, 1e-4);  // 0 to 7, 10 to 11.5, 14.5 to 20
}

// However a line is cut into pieces its pattern runs on, and every walk ends.
TEST(LineStyle, ThePatternRunsOnAroundCorners) {
  for (const LineStyle style : {LineStyle::dashed, LineStyle::dotted, LineStyle::dash_dot})
    for (const float scale : {1.0F, 1.25F, 1.5F, 2.0F}) {
      Segments whole, cut;
      const Point line[] = {{0, 0}, {997.3F, 0}};
      std::vector<Point> pieces{{0, 0}};
      // Steps of all sizes, some that do not move a coordinate at all.
      for (int i = 0; pieces.back().x < 997.3F; ++i)
        pieces.push_back({std::min(997.3F, pieces.back().x + std::ldexp(1.0F, -(i * 7) % 24) * 3), 0});
      styled_polyline(whole, line, 1, 1, Stroke::smooth, style, scale);
      styled_polyline(cut, pieces, 1, 1, Stroke::smooth, style, scale);
      EXPECT_NEAR(whole.length(), cut.length(), 0.02 * whole.length()) << static_cast<int>(style) << " " << scale;
    }
}

TEST(LineStyle, WhatIsFarOutOfSightCostsNothing) {
  Segments canvas;
  const Point line[] = {{0, 0}, {1e9F, 3}, {NAN, 2}, {5, 5}};
  styled_polyline(canvas, line, 1, 1, Stroke::smooth, LineStyle::dotted, 1);
  EXPECT_LE(canvas.drawn.size(), 16u);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
