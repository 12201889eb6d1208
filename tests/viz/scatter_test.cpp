#include "viz/plots/scatter.h"

#include <gtest/gtest.h>

#include <cmath>

#include "headless_imgui.h"
#include "recording_canvas.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

class Scatter : public testing::HeadlessImGui {
 protected:
  Scatter() {
    spec.x = x;
    spec.y = y;
    spec.size = {600, 500};
    frame(show);
  }
  Point screen_of(float px, float py) const {
    const Rect& a = result.data_area;
    return {a.x0 + static_cast<float>((px - state.x_min) / (state.x_max - state.x_min)) * a.width(),
            a.y1 - static_cast<float>((py - state.y_min) / (state.y_max - state.y_min)) * a.height()};
  }
  std::vector<float> x = {-1, 1, 1, -1, 0}, y = {-1, -1, 1, 1, 0.25f};
  ScatterSpec spec;
  PlotState state;
  Theme theme = dark();
  ScatterResult result;
  int clicked = -1, clicked_entry = -1;
  std::function<void()> show = [this] {
    result = scatter(spec, state, theme, 1);
    if (result.clicked >= 0) clicked = result.clicked;
    if (result.clicked_entry >= 0) clicked_entry = result.clicked_entry;
  };
};

TEST_F(Scatter, HoverFindsTheNearestPoint) {
  for (int i = 0; i < 5; ++i) {
    const Point p = screen_of(x[static_cast<std::size_t>(i)], y[static_cast<std::size_t>(i)]);
    move(p.x + 2, p.y - 1);
    frame(show);
    frame(show);
    EXPECT_EQ(result.hovered, i);
  }
  const Point nowhere = screen_of(-0.5f, 0.5f);
  move(nowhere.x, nowhere.y);
  frame(show);
  EXPECT_EQ(result.hovered, -1);
}

TEST_F(Scatter, AspectIsEqual) {
  const double per_x = (state.x_max - state.x_min) / result.data_area.width();
  const double per_y = (state.y_max - state.y_min) / result.data_area.height();
  EXPECT_NEAR(per_x, per_y, 1e-9);
  spec.equal_aspect = false;
  frame(show);
  EXPECT_NEAR(state.x_max, 1.12, 1e-6);
  EXPECT_NEAR(state.y_max, 1.12, 1e-6);
}

TEST_F(Scatter, PanZoomAndFit) {
  const double span = state.x_max - state.x_min;
  const Point centre = screen_of(0, 0);
  drag(centre, {centre.x + 50, centre.y}, show);
  EXPECT_FALSE(state.fit_x);
  EXPECT_LT(state.x_max + state.x_min, -0.1);
  move(centre.x, centre.y);
  frame(show);  // later versions of Dear ImGui take a move and the wheel in turn
  wheel(3);
  frame(show);
  EXPECT_LT(state.x_max - state.x_min, span * 0.7);
  rest(show);
  double_click(centre.x, centre.y, show);
  frame(show);
  EXPECT_TRUE(state.fit_x);
  EXPECT_NEAR(state.x_max - state.x_min, span, 1e-6);
}

TEST_F(Scatter, ArrowsAreInViewAndTheirTipsComeBeforePoints) {
  const std::vector<PlaneArrow> arrows = {{.x1 = 3, .y1 = 0.5f, .name = "E00", .colour = rgb(0xff0000)},
                                          {.x1 = 1, .y1 = 1, .name = "E01", .colour = rgb(0x00ff00)},
                                          {.x1 = 0, .y1 = 0, .name = "nowhere", .colour = rgb(0x00ff00)}};
  spec.arrows = arrows;
  frame(show);
  EXPECT_GT(state.x_max, 3);  // what is shown at first holds the longest
  const Point tip = screen_of(1, 1);  // on point 2
  move(tip.x + 1, tip.y + 1);
  frame(show);
  frame(show);
  EXPECT_EQ(result.hovered_arrow, 1);
  EXPECT_EQ(result.hovered, -1);
  const Point middle = screen_of(0, 0);  // an arrow without length has no tip
  move(middle.x, middle.y);
  frame(show);
  EXPECT_EQ(result.hovered_arrow, -1);
}

TEST(ScatterLabels, OneThatWouldCoverAnEarlierOneIsLeftOut) {
  const Theme theme = dark();
  const std::vector<float> x = {-1, 1}, y = {-1, 1};
  const PlaneLabel labels[] = {{0, 0, "first"}, {0.02f, 0.01f, "second"}, {0.8f, 0.8f, "apart"}};
  testing::RecordingCanvas canvas;
  draw_scatter(canvas, {0, 0, 300, 300}, {.x = x, .y = y, .labels = labels}, {}, -1, theme, 1);
  EXPECT_TRUE(canvas.wrote("first") && canvas.wrote("apart"));
  EXPECT_FALSE(canvas.wrote("second"));
}

TEST_F(Scatter, LegendAndPointClicks) {
  const std::vector<LegendEntry> legend = {{"E00", rgb(0xff0000)}, {"E01", rgb(0x00ff00)}};
  spec.legend = legend;
  frame(show);
  click(4, 494, show);
  EXPECT_EQ(clicked_entry, 0);
  const Point p = screen_of(1, 1);
  click(p.x, p.y, show);
  EXPECT_EQ(clicked, 2);
}

TEST_F(Scatter, AHundredThousandPointsCostAtMostADotAPixel) {
  std::vector<float> many_x(100000), many_y(100000);
  for (std::size_t i = 0; i < many_x.size(); ++i) {
    many_x[i] = static_cast<float>(i % 997);
    many_y[i] = static_cast<float>((i * 31) % 991);
  }
  many_x[5] = NAN;
  spec.x = many_x;
  spec.y = many_y;
  spec.size = {200, 200};
  frame(show);
  EXPECT_GT(vertex_count(), 1000);
  EXPECT_LT(vertex_count(), 220 * 220 * 4);
}

TEST_F(Scatter, EmptyTinyAndDegenerate) {
  const std::vector<float> same = {3, 3, 3};
  for (const ImVec2 size : {ImVec2(600, 500), ImVec2(5, 5), ImVec2(200, 30)}) {
    spec.size = size;
    spec.x = same;
    spec.y = same;
    frame(show);
    EXPECT_LT(state.x_min, state.x_max);
    spec.x = {};
    spec.y = {};
    frame(show);
    EXPECT_EQ(result.hovered, -1);
  }
}

TEST(ScatterDrawing, LitPointsLieOnTopOfPaleOnes) {
  const std::vector<float> x = {0, 1, 2}, y = {0, 1, 0};
  const std::vector<Colour> colours(3, rgb(0x00ff00));
  const std::vector<std::uint8_t> lit = {1, 0, 0};
  ScatterSpec spec;
  spec.x = x;
  spec.y = y;
  spec.colours = colours;
  spec.lit = lit;
  testing::RecordingCanvas canvas;
  draw_scatter(canvas, {0, 0, 300, 300}, spec, {}, -1, dark(), 1);
  ASSERT_EQ(canvas.dot_colours.size(), 3u);
  EXPECT_LT(alpha(canvas.dot_colours[0]), 128);
  EXPECT_EQ(canvas.dot_colours[2], rgb(0x00ff00));
}

TEST_F(Scatter, CellsStandUprightAndSetTheExtent) {
  // Two rows of three: the lower row first.
  const std::vector<Colour> colours = {1, 2, 3, 4, 5, 6};
  spec.cells = {.rows = 2, .columns = 3, .colours = colours, .x_min = -3, .x_max = 3, .y_min = -2, .y_max = 2};
  testing::RecordingCanvas canvas;
  draw_scatter(canvas, {0, 0, 600, 400}, spec, PlotState(), -1, theme, 1);
  ASSERT_EQ(canvas.grids.size(), 1u);
  EXPECT_EQ(canvas.grids[0].colours, (std::vector<Colour>{4, 5, 6, 1, 2, 3})) << "row 0 of a grid is at the top";
  EXPECT_NEAR(canvas.grids[0].rect.x0, 0, 0.5);
  EXPECT_NEAR(canvas.grids[0].rect.y1, 400, 0.5);
  frame(show);
  EXPECT_NEAR(state.y_max - state.y_min, 6.0 / 600 * 500, 1e-3) << "an equal aspect around the cells";
}

TEST_F(Scatter, CellsThatDifferAreParted) {
  // A quarter of its own: one border down, one across, each a single stroke.
  const std::vector<Colour> colours = {1, 1, 2, 2, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
  spec.cells = {.rows = 4, .columns = 4, .colours = colours, .x_min = -1, .x_max = 1, .y_min = -1, .y_max = 1};
  testing::RecordingCanvas without, with;
  draw_scatter(without, {0, 0, 400, 400}, spec, PlotState(), -1, theme, 1);
  spec.cells.edge = theme.panel;
  draw_scatter(with, {0, 0, 400, 400}, spec, PlotState(), -1, theme, 1);
  EXPECT_EQ(with.segment_count, without.segment_count + 2);
}

TEST_F(Scatter, TellsWhereInThePlaneTheMouseIs) {
  const Point p = screen_of(0.4f, -0.3f);
  move(p.x, p.y);
  frame(show);
  frame(show);
  EXPECT_TRUE(result.on_plane);
  EXPECT_NEAR(result.plane_x, 0.4, 0.01);
  EXPECT_NEAR(result.plane_y, -0.3, 0.01);
  move(-10, -10);
  frame(show);
  EXPECT_FALSE(result.on_plane);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
