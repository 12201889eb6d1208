#include "viz/plots/stacked_bars.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "headless_imgui.h"
#include "recording_canvas.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

struct Rows {
  explicit Rows(std::size_t n) : parts(n, {60, 20, 20}) {
    for (std::size_t i = 0; i < n; ++i) names.push_back("rank " + std::to_string(i));
    for (std::size_t i = 0; i < n; ++i) rows.push_back({.label = names[i], .parts = parts[i], .note = "100 ms"});
  }
  std::vector<std::array<float, 3>> parts;
  std::vector<std::string> names;
  std::vector<StackedRow> rows;
};
const StackedPart kParts[] = {{"work", 0xff0000ff}, {"sums", 0xff00ff00}, {"waiting", 0xffff0000, true}};

class StackedBars : public testing::HeadlessImGui {
 protected:
  StackedBarsSpec spec;
  Theme theme = dark();
  StackedBarsResult result;
  std::function<void()> show = [this] { result = stacked_bars(spec, theme, 1); };
};

TEST_F(StackedBars, HoverNamesRowAndPart) {
  Rows data(2);
  data.parts[1] = {10, 0, 20};
  spec.rows = data.rows;
  spec.parts = kParts;
  spec.size = {800, 200};
  const auto at = [&](float x, float y) {
    move(x, y);
    frame(show);
    frame(show);
    return std::pair(result.row, result.part);
  };
  // The scale lies between the names and the notes, some 50 pixels from either edge.
  EXPECT_EQ(at(200, 20), std::pair(0, 0));
  EXPECT_EQ(at(550, 20), std::pair(0, 1));
  EXPECT_EQ(at(700, 20), std::pair(0, 2));
  EXPECT_EQ(at(200, 70), std::pair(1, 2));   // its second part is nothing
  EXPECT_EQ(at(500, 70), std::pair(1, -1));  // beside its bar
  EXPECT_EQ(at(5, 20), std::pair(0, -1));
  EXPECT_EQ(at(400, 300), std::pair(-1, -1));
}

TEST_F(StackedBars, AnyNumberOfRowsInAnySize) {
  for (const std::size_t n : {0u, 1u, 2u, 8u, 64u, 256u}) {
    Rows data(n);
    for (std::size_t i = 0; i < n; i += 3) data.parts[i] = {NAN, -4, INFINITY};
    spec.rows = data.rows;
    spec.parts = kParts;
    spec.reference = 70;
    spec.reference_label = "even 70 ms";
    for (const ImVec2 size : {ImVec2(600, 200), ImVec2(90, 60), ImVec2(2, 2)}) {
      spec.size = size;
      move(size.x / 2, size.y / 2);
      frame(show);
      EXPECT_LT(vertex_count(), 40000);
    }
  }
}

TEST(StackedBarsDrawing, PartsLieEndToEndOnOneScale) {
  Rows data(2);
  data.parts[1] = {30, 10, 10};
  testing::RecordingCanvas canvas;
  draw_stacked_bars(canvas, {0, 0, 600, 200}, {.rows = data.rows, .parts = kParts, .unit = "ms"}, dark(), 1);
  EXPECT_EQ(canvas.clip_depth, 0);
  std::vector<Rect> work, sums;
  for (const auto& box : canvas.rects) {
    if (box.colour == kParts[0].colour) work.push_back(box.rect);
    if (box.colour == kParts[1].colour) sums.push_back(box.rect);
  }
  ASSERT_EQ(work.size(), 2u);
  ASSERT_EQ(sums.size(), 2u);
  EXPECT_EQ(work[0].x0, work[1].x0);
  EXPECT_NEAR(work[0].width(), 2 * work[1].width(), 1.01f);
  EXPECT_EQ(work[0].x1, sums[0].x0);
  EXPECT_NEAR(sums[0].width(), work[0].width() / 3, 1.01f);
  for (const char* text : {"rank 0", "rank 1", "60", "work", "waiting"}) EXPECT_TRUE(canvas.wrote(text)) << text;
}

TEST(StackedBarsDrawing, TextStaysInsideAndNamesDoNotOverlap) {
  for (const std::size_t n : {1u, 8u, 64u, 256u}) {
    const Rows data(n);
    for (const Rect rect : {Rect{5, 5, 605, 205}, Rect{5, 5, 205, 105}}) {
      testing::RecordingCanvas canvas;
      draw_stacked_bars(canvas, rect,
                        {.rows = data.rows,
                         .parts = kParts,
                         .unit = "ms",
                         .reference = 98,
                         .reference_label = "with even loads 98 ms"},
                        dark(), 1);
      float last = -1;
      for (const auto& text : canvas.texts) {
        EXPECT_GE(text.box.x0, rect.x0 - 0.5f) << text.text;
        EXPECT_LE(text.box.x1, rect.x1 + 0.5f) << text.text;
        EXPECT_GE(text.box.y0, rect.y0 - 0.5f) << text.text;
        EXPECT_LE(text.box.y1, rect.y1 + 0.5f) << text.text;
        if (!text.text.starts_with("rank")) continue;
        EXPECT_GE(text.box.y0, last - 0.5f) << text.text;
        last = text.box.y1;
      }
    }
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
