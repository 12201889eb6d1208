#include "viz/plots/parallel_plot.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "recording_canvas.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

struct Shown {
  std::vector<std::string_view> ks = {"1", "2", "4"}, gates = {"softmax", "sigmoid"};
  std::vector<ParallelAxis> axes = {{"top_k", ks}, {"gate", gates}};
  std::vector<std::vector<std::size_t>> at = {{0, 0}, {1, 0}, {2, 1}, {1, 1}};
  std::vector<float> y = {3, 1, 2, 2.5f};
  std::vector<ParallelLine> lines;
  testing::RecordingCanvas canvas;
  Theme theme = dark();
  void draw() {
    lines.clear();
    for (std::size_t i = 0; i < at.size(); ++i) lines.push_back({at[i], y[i], i == 1});
    canvas.clear();
    draw_parallel_plot(canvas, {0, 0, 600, 300}, {.axes = axes, .lines = lines, .y_name = "loss"}, theme, 1);
    EXPECT_EQ(canvas.clip_depth, 0);
  }
  // Lines are drawn from the worst to the best, the strong ones last.
  const std::vector<Point>& line(std::size_t nth) const { return canvas.polylines.at(nth).points; }
};

TEST(ParallelPlot, ALineGoesThroughItsValuesToWhatWasMeasured) {
  Shown shown;
  shown.draw();
  ASSERT_EQ(shown.canvas.polylines.size(), 4u);
  const auto& best = shown.line(3);   // k 2, softmax, 1
  const auto& worst = shown.line(0);  // k 1, softmax, 3
  EXPECT_GT(best.back().y, worst.back().y) << "less is lower";
  EXPECT_EQ(best.back().x, worst.back().x);
  EXPECT_LT(best.front().y, worst.front().y) << "values rise from below";
  for (std::size_t i = 1; i < best.size(); ++i) EXPECT_GE(best[i].x, best[i - 1].x);
  for (const char* text : {"top_k", "gate", "loss", "1", "4", "sigmoid"})
    EXPECT_TRUE(shown.canvas.wrote(text)) << text;
}

TEST(ParallelPlot, LinesThroughOneValueLieBesideEachOtherInTheirOrder) {
  Shown shown;
  shown.draw();
  // Both of k 2: 2.5 is drawn second, 1 last.
  const Point worse = shown.line(1).front(), better = shown.line(3).front();
  EXPECT_EQ(worse.x, better.x);
  EXPECT_LT(worse.y, better.y) << "the better lies lower, as at the measurement";
  EXPECT_GT(better.y - worse.y, 10);
}

TEST(ParallelPlot, WhatHasNoNumberOrNoPlaceIsNotDrawn) {
  Shown shown;
  shown.y[0] = std::numeric_limits<float>::quiet_NaN();
  shown.at[2] = {3, 0};
  shown.at[3] = {1};
  shown.draw();
  EXPECT_EQ(shown.canvas.polylines.size(), 1u);
  shown.y[1] = std::numeric_limits<float>::infinity();
  shown.draw();
  EXPECT_TRUE(shown.canvas.polylines.empty());
  EXPECT_TRUE(shown.canvas.wrote("no data yet"));
  shown.axes.clear();
  shown.draw();
  EXPECT_TRUE(shown.canvas.wrote("no data yet"));
}

TEST(ParallelPlot, OneNumberEverywhereIsAPlaceToo) {
  Shown shown;
  shown.y = {2, 2, 2, 2};
  shown.draw();
  for (const auto& line : shown.canvas.polylines)
    for (const Point& p : line.points) EXPECT_TRUE(std::isfinite(p.x) && std::isfinite(p.y));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
