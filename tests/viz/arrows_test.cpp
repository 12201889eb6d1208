#include "viz/widgets/arrows.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "recording_canvas.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

const Rect kArea{0, 0, 400, 300};

TEST(Arrows, NamesThatWouldCollideMakeRoomAndTheLitOneIsNeverLeftOut) {
  const Theme theme = dark();
  std::vector<Arrow> arrows;
  for (int i = 0; i < 20; ++i)  // all but on one spot
    arrows.push_back({{200, 150}, {300, 150 + 0.1f * static_cast<float>(i)}, "E00", theme.accent, i == 19});
  testing::RecordingCanvas canvas;
  draw_arrows(canvas, kArea, arrows, theme, 1);
  std::vector<Rect> boxes;
  for (const auto& box : canvas.rects) boxes.push_back(box.rect);
  EXPECT_GT(boxes.size(), 1u);
  EXPECT_LT(boxes.size(), 20u);
  for (std::size_t a = 0; a < boxes.size(); ++a) {
    EXPECT_TRUE(boxes[a].x0 >= kArea.x0 && boxes[a].x1 <= kArea.x1 && boxes[a].y0 >= kArea.y0 && boxes[a].y1 <= kArea.y1);
    for (std::size_t b = a + 1; b < boxes.size(); ++b)
      EXPECT_FALSE(boxes[a].x0 < boxes[b].x1 && boxes[b].x0 < boxes[a].x1 && boxes[a].y0 < boxes[b].y1 && boxes[b].y0 < boxes[a].y1)
          << a << " and " << b;
  }
}

TEST(Arrows, ANameAtTheEdgeStaysWithinTheArea) {
  const Theme theme = dark();
  const Arrow arrow{{200, 150}, {399, 1}, "E07", theme.accent};
  testing::RecordingCanvas canvas;
  draw_arrows(canvas, kArea, {&arrow, 1}, theme, 1);
  ASSERT_EQ(canvas.rects.size(), 1u);
  EXPECT_LE(canvas.rects[0].rect.x1, kArea.x1);
  EXPECT_GE(canvas.rects[0].rect.y0, kArea.y0);
  EXPECT_FALSE(canvas.rects[0].rect.contains(arrow.to)) << "nor does it hide the tip";
}

TEST(Arrows, WithoutLengthOrFinitePlaceNothingIsDrawn) {
  const Theme theme = dark();
  const std::vector<Arrow> arrows = {{{200, 150}, {200.5f, 150}, "a", theme.accent}, {{200, 150}, {__builtin_nanf(""), 3}, "b", theme.accent}};
  testing::RecordingCanvas canvas;
  draw_arrows(canvas, kArea, arrows, theme, 1);
  EXPECT_TRUE(canvas.rects.empty());
  EXPECT_EQ(arrow_at(arrows, {200, 150}, 10), -1);
}

TEST(Arrows, TheNearestTipIsUnderTheMouse) {
  const std::vector<Arrow> arrows = {{{0, 0}, {100, 100}}, {{0, 0}, {106, 100}}};
  EXPECT_EQ(arrow_at(arrows, {102, 100}, 7), 0);
  EXPECT_EQ(arrow_at(arrows, {105, 100}, 7), 1);
  EXPECT_EQ(arrow_at(arrows, {120, 100}, 7), -1);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
