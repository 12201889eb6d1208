#include "viz/plots/stacked_area.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/viz/headless_imgui.h"
#include "tests/viz/recording_canvas.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

using testing::RecordingCanvas;

struct Bands {
  explicit Bands(std::size_t samples, std::vector<std::vector<float>> rows) : y(std::move(rows)) {
    for (std::size_t i = 0; i < samples; ++i) x.push_back(static_cast<double>(i));
    for (std::size_t r = 0; r < y.size(); ++r) names.push_back("E" + std::to_string(r));
    for (std::size_t r = 0; r < y.size(); ++r) layers.push_back({names[r], y[r], 0});
    spec.x = x;
    spec.layers = layers;
    spec.show_legend = spec.show_x_labels = false;
  }
  std::vector<double> x;
  std::vector<std::vector<float>> y;
  std::vector<std::string> names;
  std::vector<StackedLayer> layers;
  StackedAreaSpec spec;
};

RecordingCanvas drawn(const StackedAreaSpec& spec, const PlotState& state = {}) {
  RecordingCanvas canvas;
  draw_stacked_area(canvas, {0, 0, 431, 206}, spec, state, NAN, dark(), 1);
  return canvas;
}

TEST(StackedArea, BandsAreSharesOfTheirSum) {
  const Bands bands(3, {{1, 1, 0}, {3, 1, 0}, {0, 2, 5}});
  const RecordingCanvas canvas = drawn(bands.spec);
  ASSERT_EQ(canvas.areas.size(), 3u);
  const float bottom = canvas.areas[0].lower[0].y, top = canvas.areas[2].upper[0].y, height = bottom - top;
  EXPECT_GT(height, 150);
  const float wanted[3][3] = {{0.25f, 0.25f, 0}, {1, 0.5f, 0}, {1, 1, 1}};  // upper edges
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR((bottom - canvas.areas[r].upper[c].y) / height, wanted[r][c], 1e-4) << r << ", " << c;
      if (r > 0) {
        EXPECT_EQ(canvas.areas[r].lower[c].y, canvas.areas[r - 1].upper[c].y);
      }
    }
}

TEST(StackedArea, OrTheirSumIsTheHeight) {
  Bands bands(2, {{1, 2}, {3, 6}});
  bands.spec.normalise = false;
  const RecordingCanvas canvas = drawn(bands.spec);
  const float bottom = canvas.areas[0].lower[0].y;
  EXPECT_NEAR(bottom - canvas.areas[1].upper[0].y, (bottom - canvas.areas[1].upper[1].y) / 2, 0.01);
}

TEST(StackedArea, MissingAndNegativeAreNothing) {
  const Bands bands(3, {{NAN, -1, INFINITY}, {2, 2, 2}});
  const RecordingCanvas canvas = drawn(bands.spec);
  for (const Point& p : canvas.areas[0].upper) EXPECT_EQ(p.y, canvas.areas[0].lower[0].y);
}

TEST(StackedArea, ManyMomentsAreAveragedByColumns) {
  std::vector<float> a, b;
  for (int i = 0; i < 100'000; ++i) a.push_back(i % 2 ? 1 : 3), b.push_back(i % 2 ? 3 : 1);
  const Bands bands(100'000, {a, b});
  const RecordingCanvas canvas = drawn(bands.spec);
  EXPECT_LE(canvas.areas[0].upper.size(), 220u);
  const float bottom = canvas.areas[0].lower[0].y, height = bottom - canvas.areas[1].upper[0].y;
  for (const Point& p : canvas.areas[0].upper) EXPECT_NEAR((bottom - p.y) / height, 0.5, 0.01);
}

TEST(StackedArea, OneMomentFillsTheWidth) {
  const Bands bands(1, {{1}, {1}});
  const RecordingCanvas canvas = drawn(bands.spec);
  ASSERT_EQ(canvas.areas[0].upper.size(), 2u);
  EXPECT_GT(canvas.areas[0].upper[1].x - canvas.areas[0].upper[0].x, 300);
}

TEST(StackedArea, HiddenLayersLeaveTheSum) {
  const Bands bands(2, {{1, 1}, {1, 1}, {2, 2}});
  PlotState state;
  state.hidden = {"E2"};
  const RecordingCanvas canvas = drawn(bands.spec, state);
  ASSERT_EQ(canvas.areas.size(), 2u);
  const float bottom = canvas.areas[0].lower[0].y, height = bottom - canvas.areas[1].upper[0].y;
  EXPECT_NEAR((bottom - canvas.areas[0].upper[0].y) / height, 0.5, 1e-4);
}

TEST(StackedArea, NothingIsSaidSo) {
  EXPECT_TRUE(drawn({}).wrote("no data yet"));
  const Bands bands(0, {{}, {}});
  EXPECT_TRUE(drawn(bands.spec).wrote("no data yet"));
}

class StackedAreaMouse : public testing::HeadlessImGui {
 protected:
  StackedAreaMouse() : HeadlessImGui(600, 300) {}
  void draw() {
    frame([&] { result = stacked_area(bands.spec, state, &hover, dark(), 1); });
  }
  Bands bands{101, {std::vector<float>(101, 1), std::vector<float>(101, 3)}};
  PlotState state;
  SharedHover hover;
  StackedAreaResult result;
};

TEST_F(StackedAreaMouse, FindsTheBandAndItsShare) {
  move(300, 280);
  draw(), draw();
  EXPECT_EQ(result.layer, 0);
  EXPECT_NEAR(result.share, 0.25, 1e-5);
  EXPECT_EQ(result.x, static_cast<double>(result.sample));
  EXPECT_TRUE(hover.next_active);
  move(300, 100);
  draw(), draw();
  EXPECT_EQ(result.layer, 1);
  EXPECT_NEAR(result.share, 0.75, 1e-5);
}

TEST_F(StackedAreaMouse, ZoomsAroundTheMouseAndFitsAgain) {
  move(300, 100);
  draw(), draw();
  const double before = result.x;
  wheel(4);
  draw();
  EXPECT_TRUE(result.view_changed);
  EXPECT_FALSE(state.fit_x);
  EXPECT_LT(state.x_max - state.x_min, 80);
  draw();
  EXPECT_NEAR(result.x, before, 1);
  double_click(300, 100, [&] { result = stacked_area(bands.spec, state, &hover, dark(), 1); });
  EXPECT_TRUE(state.fit_x);
}

TEST_F(StackedAreaMouse, ALegendEntryTakesItsBandOut) {
  bands.spec.show_legend = true;
  int toggled = -1;
  click(8, 290, [&] {
    result = stacked_area(bands.spec, state, &hover, dark(), 1);
    if (result.toggled >= 0) toggled = result.toggled;
  });
  EXPECT_EQ(toggled, 0);
  EXPECT_TRUE(state.hidden.contains("E0"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
