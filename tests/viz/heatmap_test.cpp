#include "viz/plots/heatmap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "headless_imgui.h"
#include "recording_canvas.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

// A table of moments × rows, as a history would hold it.
struct Table {
  Table(std::size_t moments, std::size_t n) : values(moments * n), x(moments) {
    std::iota(x.begin(), x.end(), 0.0);
    for (std::size_t r = 0; r < n; ++r) rows.emplace_back(values.data() + r, moments, 0, moments, n);
  }
  std::vector<float> values;
  std::vector<double> x;
  std::vector<View<float>> rows;
};

const testing::RecordingCanvas::Grid& drawn(testing::RecordingCanvas& canvas, const HeatmapSpec& spec,
                                            const PlotState* state = nullptr) {
  canvas.clear();
  draw_heatmap(canvas, {0, 0, 400, 200}, spec, state, NAN, dark(), 1);
  return canvas.grids.front();
}

TEST(Heatmap, RowsKeepTheirColours) {
  Table table(50, 2);
  for (std::size_t t = 0; t < 50; ++t) table.values[2 * t + 1] = 1;
  HeatmapSpec spec;
  spec.x = table.x;
  spec.rows = table.rows;
  testing::RecordingCanvas canvas;
  const auto& grid = drawn(canvas, spec);
  ASSERT_EQ(grid.rows, 2u);
  for (std::size_t c = 0; c < grid.columns; ++c) {
    EXPECT_EQ(grid.colours[c], map_colour(ColourMap::viridis, 0)) << c;
    EXPECT_EQ(grid.colours[grid.columns + c], map_colour(ColourMap::viridis, 1)) << c;
  }
}

TEST(Heatmap, ManyMomentsAreAveragedOrTheirMaximumTaken) {
  Table table(100000, 1);
  for (std::size_t t = 0; t < table.values.size(); ++t) table.values[t] = t % 2 == 0 ? 1.0f : 0.0f;
  HeatmapSpec spec;
  spec.x = table.x;
  spec.rows = table.rows;
  spec.value_max = 2;
  testing::RecordingCanvas canvas;
  const auto mean = drawn(canvas, spec);
  EXPECT_LE(mean.columns, 400u);
  const Colour quarter = map_table(ColourMap::viridis)[16];  // 0.5 of 2, rounded: 15.75
  for (const Colour c : mean.colours) EXPECT_EQ(c, quarter);
  spec.reduce = Reduce::max;
  const Colour half = map_table(ColourMap::viridis)[32];
  for (const Colour c : drawn(canvas, spec).colours) EXPECT_EQ(c, half);
}

TEST(Heatmap, AMeasureHoldsUntilTheNextAndMissingOnesStayEmpty) {
  const std::vector<double> x = {0, 50, 100};
  const std::vector<float> values = {1, NAN, 1};
  const std::vector<View<float>> rows = {View<float>(values)};
  HeatmapSpec spec;
  spec.x = x;
  spec.rows = rows;
  testing::RecordingCanvas canvas;
  const auto& grid = drawn(canvas, spec);
  const auto at = [&](double share) {
    return grid.colours[static_cast<std::size_t>(share * static_cast<double>(grid.columns - 1))];
  };
  EXPECT_EQ(at(0.3), map_colour(ColourMap::viridis, 1));
  EXPECT_EQ(at(0.7), 0u);
  EXPECT_EQ(at(1.0), map_colour(ColourMap::viridis, 1));
}

TEST(Heatmap, FollowsAZoom) {
  Table table(1000, 1);
  for (std::size_t t = 500; t < 1000; ++t) table.values[t] = 1;
  HeatmapSpec spec;
  spec.x = table.x;
  spec.rows = table.rows;
  PlotState state;
  state.fit_x = false;
  state.x_min = 600;
  state.x_max = 2000;
  testing::RecordingCanvas canvas;
  const auto& grid = drawn(canvas, spec, &state);
  EXPECT_EQ(grid.colours.front(), map_colour(ColourMap::viridis, 1));
  EXPECT_EQ(grid.colours.back(), 0u);  // nothing is known there
}

TEST(Heatmap, EmptyAndTinyAreFine) {
  testing::RecordingCanvas canvas;
  HeatmapSpec spec;
  draw_heatmap(canvas, {0, 0, 400, 200}, spec, nullptr, NAN, dark(), 1);
  EXPECT_TRUE(canvas.wrote("no data yet"));
  const Table table(3, 64);
  spec.rows = table.rows;
  for (const Rect rect : {Rect{0, 0, 1, 1}, Rect{0, 0, 30, 20}})
    draw_heatmap(canvas, rect, spec, nullptr, 1, dark(), 2);
  EXPECT_EQ(canvas.clip_depth, 0);
}

class HeatmapMouse : public testing::HeadlessImGui {};

TEST_F(HeatmapMouse, HoverNamesRowAndColumn) {
  Table table(101, 4);
  table.values[4 * 50 + 2] = 7;
  HeatmapSpec spec;
  spec.size = {404, 200};
  spec.x = table.x;
  spec.rows = table.rows;
  spec.show_legend = false;
  SharedHover hover;
  HeatmapResult result;
  const auto show = [&] {
    hover.begin_frame();
    result = heatmap(spec, nullptr, &hover, dark(), 1);
  };
  move(202, 125);
  for (int i = 0; i < 3; ++i) frame(show);
  EXPECT_EQ(result.row, 2);
  EXPECT_EQ(result.column, 50);
  EXPECT_EQ(result.value, 7);
  EXPECT_EQ(result.x, 50);
  EXPECT_TRUE(hover.active);
  EXPECT_NEAR(hover.x, 50, 0.5);
}

TEST_F(HeatmapMouse, WorstCaseStaysCheap) {
  Table table(4000, 64);
  for (std::size_t i = 0; i < table.values.size(); ++i)
    table.values[i] = static_cast<float>((i * 2654435761u) % 997) / 997;
  HeatmapSpec spec;
  spec.size = {1200, 600};
  spec.x = table.x;
  spec.rows = table.rows;
  frame([&] { heatmap(spec, nullptr, nullptr, dark(), 1); });
  EXPECT_LE(vertex_count(), 64 * 200 * 4 + 2000);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
