#include "viz/plots/value_plot.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "recording_canvas.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

struct Shown {
  std::vector<double> x = {0.001, 0.01, 0.1};
  std::vector<std::string_view> labels = {"0.001", "0.01", "0.1"};
  std::vector<float> mean = {3, 1, 2}, low = {2.5f, 0.5f, 1.5f}, high = {3.5f, 1.5f, 2.5f};
  ValuePlotSpec spec{.x = x, .labels = labels, .log_x = true, .mean = mean, .low = low, .high = high};
  testing::RecordingCanvas canvas;
  Theme theme = dark();
  void draw(Rect rect = {0, 0, 400, 200}) {
    canvas.clear();
    draw_value_plot(canvas, rect, spec, theme, 1);
    EXPECT_EQ(canvas.clip_depth, 0);
  }
};

TEST(ValuePlot, ValuesLieWhereTheirScalePutsThem) {
  Shown shown;
  shown.draw();
  ASSERT_EQ(shown.canvas.polylines.size(), 1u);
  const auto& line = shown.canvas.polylines[0].points;
  ASSERT_EQ(line.size(), 3u);
  EXPECT_NEAR(line[1].x - line[0].x, line[2].x - line[1].x, 0.1f) << "equal ratios";
  EXPECT_GT(line[1].y, line[2].y) << "less is lower";
  EXPECT_NEAR(line[0].y - line[2].y, line[2].y - line[1].y, 0.1f);
  ASSERT_EQ(shown.canvas.areas.size(), 1u);
  EXPECT_NEAR(shown.canvas.areas[0].lower[0].y - shown.canvas.areas[0].upper[0].y, line[1].y - line[2].y, 0.1f)
      << "1 from low to high";
  for (const char* label : {"0.001", "0.01", "0.1"}) EXPECT_TRUE(shown.canvas.wrote(label)) << label;
  shown.spec.log_x = false;
  shown.draw();
  EXPECT_GT(shown.canvas.polylines[0].points[2].x - shown.canvas.polylines[0].points[1].x,
            8 * (shown.canvas.polylines[0].points[1].x - shown.canvas.polylines[0].points[0].x));
}

TEST(ValuePlot, BetweenCategoriesLiesNothing) {
  Shown shown;
  shown.x = {0, 1, 2};
  shown.labels = {"softmax", "sigmoid", "sinkhorn"};
  shown.spec.log_x = false, shown.spec.connected = false;
  shown.draw();
  EXPECT_TRUE(shown.canvas.polylines.empty());
  EXPECT_TRUE(shown.canvas.areas.empty());
  EXPECT_TRUE(shown.canvas.wrote("sigmoid"));
}

TEST(ValuePlot, NamesMakeRoomForEachOtherAndOddValuesDrawNothing) {
  Shown shown;
  shown.draw({0, 0, 90, 200});
  EXPECT_TRUE(shown.canvas.wrote("0.001"));
  EXPECT_FALSE(shown.canvas.wrote("0.01"));
  shown.mean = {NAN, 1, NAN}, shown.low = shown.high = {};
  shown.spec.mean = shown.mean, shown.spec.low = shown.spec.high = {};
  const ValueDot dots[] = {{.value = 1, .y = 1}, {.value = 7, .y = 1}, {.value = 0, .y = NAN}};
  shown.spec.dots = dots;
  shown.draw();
  EXPECT_TRUE(shown.canvas.polylines.empty());
  shown.spec.dots = {};
  shown.mean = {NAN, NAN, NAN};
  shown.spec.mean = shown.mean;
  shown.draw();
  EXPECT_TRUE(shown.canvas.wrote("no data yet"));
  shown.spec = {};
  shown.draw();
  EXPECT_TRUE(shown.canvas.wrote("no data yet"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
