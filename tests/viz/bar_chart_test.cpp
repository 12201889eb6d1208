#include "viz/plots/bar_chart.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "headless_imgui.h"
#include "recording_canvas.h"
#include "viz/base/format.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

struct Bars {
  explicit Bars(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) names.push_back((i < 10 ? "E0" : "E") + std::to_string(i));
    for (std::size_t i = 0; i < n; ++i)
      bars.push_back({.value = 0.5f + static_cast<float>(i % 5) / 4, .label = names[i]});
  }
  std::vector<std::string> names;
  std::vector<Bar> bars;
};

class BarChart : public testing::HeadlessImGui {
 protected:
  BarChartSpec spec;
  Theme theme = dark();
  BarChartResult result;
  int clicked = -1;
  std::function<void()> show = [this] {
    result = bar_chart(spec, theme, 1);
    if (result.clicked >= 0) clicked = result.clicked;
  };
};

TEST_F(BarChart, HoverAndClickNameTheBar) {
  const Bars data(8);
  spec.bars = data.bars;
  spec.size = {800, 200};
  move(350, 100);  // the fourth of eight equal slots
  frame(show);
  frame(show);
  EXPECT_EQ(result.hovered, 3);
  click(799, 100, show);
  EXPECT_EQ(clicked, 7);
  move(400, 300);
  frame(show);
  frame(show);
  EXPECT_EQ(result.hovered, -1);
}

TEST_F(BarChart, AnyNumberOfBarsInAnySize) {
  for (const std::size_t n : {0u, 1u, 2u, 8u, 17u, 64u, 256u}) {
    const Bars data(n);
    spec.bars = data.bars;
    spec.reference = 1;
    spec.reference_label = "fair";
    for (const ImVec2 size : {ImVec2(600, 200), ImVec2(90, 60), ImVec2(2, 2)}) {
      spec.size = size;
      frame(show);
      EXPECT_LT(vertex_count(), 20000);
    }
  }
}

TEST(BarChartDrawing, TextStaysInsideAndNamesDoNotOverlap) {
  for (const std::size_t n : {1u, 8u, 17u, 64u, 256u}) {
    Bars data(n);
    BarChartSpec spec;
    spec.bars = data.bars;
    spec.format = times;
    spec.reference = 1;
    spec.reference_label = "fair";
    for (const int highlighted : {-1, 0, static_cast<int>(n) - 1, static_cast<int>(n) / 2}) {
      spec.highlighted = highlighted;
      for (const Rect rect : {Rect{5, 5, 605, 205}, Rect{5, 5, 205, 85}}) {
        testing::RecordingCanvas canvas;
        draw_bar_chart(canvas, rect, spec, dark(), 1);
        EXPECT_EQ(canvas.clip_depth, 0);
        for (std::size_t i = 0; i < canvas.texts.size(); ++i) {
          const auto& text = canvas.texts[i];
          EXPECT_GE(text.box.x0, rect.x0 - 0.5f) << text.text;
          EXPECT_LE(text.box.x1, rect.x1 + 0.5f) << text.text;
          EXPECT_LE(text.box.y1, rect.y1 + 0.5f) << text.text;
          for (std::size_t k = 0; k < i; ++k) {
            const Rect &a = text.box, &b = canvas.texts[k].box;
            const bool both_names = text.text[0] == 'E' && canvas.texts[k].text[0] == 'E';
            EXPECT_TRUE(!both_names || a.x0 >= b.x1 || b.x0 >= a.x1)
                << text.text << " over " << canvas.texts[k].text;
          }
        }
      }
    }
  }
}

TEST(BarChartDrawing, HeightsAreInProportion) {
  const std::vector<Bar> bars = {
      {.value = 1, .label = "a"}, {.value = 2, .label = "b"}, {.value = NAN, .label = "c"}};
  BarChartSpec spec;
  spec.bars = bars;
  spec.value_max = 2;
  testing::RecordingCanvas canvas;
  draw_bar_chart(canvas, {0, 0, 300, 230}, spec, dark(), 1);
  std::vector<float> heights;
  for (std::size_t i = 0; i < 3; ++i) {
    for (const auto& box : canvas.rects) {
      if (box.colour == category_colour(dark(), i)) heights.push_back(box.rect.height());
    }
  }
  ASSERT_EQ(heights.size(), 2u);
  EXPECT_NEAR(heights[1] / heights[0], 2, 0.02);
}

// A dash before 0.95 would make it -0.95; and of even bars the line would have nothing left.
TEST(BarChartDrawing, ANumberOnTheDashedLineGoesAboveIt) {
  std::vector<Bar> bars;
  for (const float value : {0.95f, 0.9f, 1.9f, 0.3f}) bars.push_back({.value = value});
  BarChartSpec spec;
  spec.bars = bars;
  spec.format = times;
  spec.reference = 1;
  spec.value_max = 2;
  testing::RecordingCanvas canvas;
  const Rect rect{0, 0, 400, 200};
  draw_bar_chart(canvas, rect, spec, dark(), 1);
  ASSERT_GE(canvas.texts.size(), 4u);
  float base = 0, top = 0;
  for (const auto& box : canvas.rects)
    if (box.colour == category_colour(dark(), 2)) top = box.rect.y0, base = box.rect.y1;
  const float line = base - (base - top) / 1.9f;
  for (const auto& text : canvas.texts) {
    if (!text.text.ends_with("×")) continue;
    EXPECT_TRUE(text.box.y1 <= line || text.box.y0 > line) << text.text << " lies on the line";
    if (text.text.starts_with("0.3")) {
      EXPECT_GT(text.box.y0, line) << "what is clear of it stays at its bar";
    }
  }
  for (const auto& box : canvas.rects) EXPECT_NE(box.colour, dark().panel) << "the line is whole";
}

TEST(BarChartDrawing, HatchesPastSixteenOnly) {
  for (const std::size_t n : {16u, 17u}) {
    const Bars data(n);
    BarChartSpec spec;
    spec.bars = data.bars;
    testing::RecordingCanvas canvas;
    draw_bar_chart(canvas, {0, 0, 900, 200}, spec, dark(), 1);
    EXPECT_EQ(canvas.segment_count > 0, n > 16);
  }
}

TEST(Hatch, StaysInsideItsRectangle) {
  // Checked through a canvas that looks at every segment.
  class Checking final : public testing::RecordingCanvas {
   public:
    Rect bounds;
    int count = 0;
    void segments(std::span<const Point> pairs, Colour, float) override {
      for (const Point p : pairs) {
        ++count;
        EXPECT_GE(p.x, bounds.x0 - 0.01f);
        EXPECT_LE(p.x, bounds.x1 + 0.01f);
        EXPECT_GE(p.y, bounds.y0 - 0.01f);
        EXPECT_LE(p.y, bounds.y1 + 0.01f);
      }
    }
  } canvas;
  for (const Rect rect : {Rect{13, 700, 40, 713}, Rect{500, 20, 507, 300}}) {
    for (unsigned pattern = 0; pattern < 4; ++pattern) {
      canvas.bounds = rect;
      canvas.count = 0;
      hatch(canvas, rect, 0xffffffff, 1, 5, pattern);
      EXPECT_GT(canvas.count, 0);
    }
  }
}

TEST(Ellipsis, CutsBetweenCharactersAndFits) {
  testing::RecordingCanvas canvas;
  EXPECT_EQ(ellipsized(canvas, "short", 100), "short");
  EXPECT_EQ(ellipsized(canvas, "a long label", 7 * 8), "a lon...");
  EXPECT_EQ(ellipsized(canvas, "a long label", 7 * 5), "a...");  // no space before the dots
  EXPECT_EQ(ellipsized(canvas, "ééééé", 7 * 4), "é...");
  EXPECT_EQ(ellipsized(canvas, "anything", 5), "");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
