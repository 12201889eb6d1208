#include "viz/plots/line_plot.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "headless_imgui.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/plots/line_plot_layout.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

class LinePlot : public testing::HeadlessImGui {
 protected:
  LinePlot() {
    std::iota(steps.begin(), steps.end(), 0.0);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      train[i] = 1 + 3 * std::exp(-static_cast<float>(i) / 100);
      valid[i] = i % 50 == 0 ? train[i] + 0.1f : NAN;
    }
    curves = {Curve{.label = "train", .x = steps, .y = train},
              Curve{.label = "validation", .x = steps, .y = valid, .sparse = true}};
    spec.curves = curves;
    spec.size = {800, 400};
    show = [this] {
      const LinePlotResult now = line_plot(spec, state, &hover, theme, 1);
      if (now.toggled >= 0) toggled = now.toggled;
      any_change |= now.view_changed;
      result = now;
    };
    frame(show);
  }
  Point middle() const {
    return {(result.data_area.x0 + result.data_area.x1) / 2, (result.data_area.y0 + result.data_area.y1) / 2};
  }
  double x_span() const { return state.x_max - state.x_min; }

  std::vector<double> steps = std::vector<double>(1001);
  std::vector<float> train = std::vector<float>(1001), valid = std::vector<float>(1001);
  std::vector<Curve> curves;
  LinePlotSpec spec;
  PlotState state;
  SharedHover hover;
  Theme theme = dark();
  LinePlotResult result;
  std::function<void()> show;
  int toggled = -1;
  bool any_change = false;
};

// Those of plots beside it are not drawn, and what they hold finds room.
TEST_F(LinePlot, SharesItsScalesWithThoseBesideIt) {
  const std::vector<double> later{500, 2000};
  const std::vector<float> higher{8, 9};
  const std::vector<Curve> beside{{.label = "train", .x = later, .y = higher}};
  spec.beside = beside;
  frame(show);
  EXPECT_DOUBLE_EQ(state.x_max, 2000);
  EXPECT_GT(state.y_max, 9);
  EXPECT_LT(state.y_max, 10);
  EXPECT_LT(state.y_min, 1.0);
  spec.curves = {};
  frame(show);
  EXPECT_FALSE(state.y_max > 9) << "a plot of nothing stays one";
}

TEST_F(LinePlot, FitsTheData) {
  EXPECT_DOUBLE_EQ(state.x_min, 0);
  EXPECT_DOUBLE_EQ(state.x_max, 1000);
  EXPECT_LT(state.y_min, 1.0);
  EXPECT_GT(state.y_max, 4.1);
  EXPECT_LT(state.y_max, 4.6);
  EXPECT_GT(result.data_area.width(), 700);
  EXPECT_GT(result.data_area.height(), 300);
  EXPECT_FALSE(any_change);
}

TEST_F(LinePlot, LabelsOfItsAxesKeepApartHoweverLowItIs) {
  raw_frame([&] {
    CanvasImGui canvas(ImGui::GetBackgroundDrawList(), theme);
    const float line = canvas.text_size("0", Font::mono_small).y;
    for (const float height : {24.0f, 40.0f, 56.0f, 72.0f, 90.0f, 400.0f})
      for (const float width : {70.0f, 160.0f, 800.0f}) {
        const LinePlotLayout at = layout_line_plot(canvas, {0, 0, width, height}, spec, {}, NAN, theme, 1);
        float last = INFINITY;
        for (const Tick& tick : at.y_ticks) {
          if (tick.label.empty()) continue;
          const float y = at.y.screen_from_data(tick.value);
          EXPECT_GE(last - y, line) << width << " x " << height << ": " << tick.label;
          last = y;
        }
        float free_from = -INFINITY;
        for (const Tick& tick : at.x_ticks) {
          if (tick.label.empty()) continue;
          const float x = at.x.screen_from_data(tick.value),
                      half = canvas.text_size(tick.label, Font::mono_small).x / 2;
          EXPECT_GE(x - half, free_from) << width << " x " << height << ": " << tick.label;
          free_from = x + half;
        }
      }
  });
}

TEST_F(LinePlot, DragPans) {
  const double per_pixel = x_span() / result.data_area.width();
  const Point from = middle();
  drag(from, {from.x + 100, from.y + 20}, show);
  EXPECT_FALSE(state.fit_x);
  EXPECT_FALSE(state.fit_y);
  EXPECT_FALSE(state.dragging);
  EXPECT_NEAR(state.x_min, -100 * per_pixel, 1e-6);
  EXPECT_NEAR(x_span(), 1000, 1e-6);
  EXPECT_TRUE(any_change);
  rest(show);
  EXPECT_NEAR(state.x_min, -100 * per_pixel, 1e-6);  // and stays
}

TEST_F(LinePlot, ADragThatBeganElsewhereDoesNotPan) {
  drag({900, 600}, middle(), show);
  EXPECT_TRUE(state.fit_x);
}

TEST_F(LinePlot, WheelZoomsAroundTheMouse) {
  const Point at = {result.data_area.x0 + result.data_area.width() * 0.25f, middle().y};
  move(at.x, at.y);
  frame(show);
  frame(show);
  EXPECT_NEAR(result.hover_x, 250, 1);
  const double under = result.hover_x;
  wheel(2);
  frame(show);
  frame(show);
  EXPECT_LT(x_span(), 800);
  EXPECT_NEAR(result.hover_x, under, 1e-3 * under);
  EXPECT_FALSE(state.fit_x);
  EXPECT_TRUE(state.fit_y) << "the curve does not leave the view";
}

TEST_F(LinePlot, WheelOverAnAxisZoomsThatAxisAlone) {
  move(middle().x, result.data_area.y1 + 6);
  frame(show);
  frame(show);
  wheel(1);
  frame(show);
  EXPECT_FALSE(state.fit_x);
  EXPECT_TRUE(state.fit_y);
  EXPECT_NEAR(x_span(), 850, 1);
}

TEST_F(LinePlot, DoubleClickFitsAgain) {
  drag(middle(), {middle().x + 60, middle().y}, show);
  ASSERT_FALSE(state.fit_x);
  rest(show);
  double_click(middle().x, middle().y, show);
  frame(show);
  EXPECT_TRUE(state.fit_x);
  EXPECT_TRUE(state.fit_y);
  EXPECT_DOUBLE_EQ(state.x_min, 0);
  EXPECT_DOUBLE_EQ(state.x_max, 1000);
}

TEST_F(LinePlot, RightDragZoomsToTheBox) {
  const Rect area = result.data_area;
  const double y_min = state.y_min, y_max = state.y_max;
  drag({area.x0 + area.width() * 0.2f, area.y0 + area.height() * 0.25f},
       {area.x0 + area.width() * 0.6f, area.y0 + area.height() * 0.75f}, show, 1);
  frame(show);
  EXPECT_NEAR(state.x_min, 200, 2);
  EXPECT_NEAR(state.x_max, 600, 2);
  EXPECT_NEAR(state.y_max, y_max - 0.25 * (y_max - y_min), 0.03);
  EXPECT_NEAR(state.y_min, y_min + 0.25 * (y_max - y_min), 0.03);
  EXPECT_FALSE(state.boxing);
}

TEST_F(LinePlot, AFlatBoxZoomsXAlone) {
  const Rect area = result.data_area;
  drag({area.x0 + area.width() * 0.2f, 200}, {area.x0 + area.width() * 0.6f, 202}, show, 1);
  frame(show);
  EXPECT_NEAR(state.x_min, 200, 2);
  EXPECT_FALSE(state.fit_x);
  EXPECT_TRUE(state.fit_y);
}

TEST_F(LinePlot, ARightClickChangesNothing) {
  click(middle().x, middle().y, show, 1);
  EXPECT_TRUE(state.fit_x);
  EXPECT_FALSE(any_change);
}

TEST_F(LinePlot, LegendClickHidesAndShows) {
  Rect entry;
  frame([&] {
    show();
    CanvasImGui canvas(ImGui::GetWindowDrawList(), theme.fonts);
    entry = layout_line_plot(canvas, {0, 0, 800, 400}, spec, state, NAN, theme, 1).legend.boxes[1];
  });
  ASSERT_GT(entry.width(), 0);
  const Point at{(entry.x0 + entry.x1) / 2, (entry.y0 + entry.y1) / 2};
  click(at.x, at.y, show);
  EXPECT_EQ(toggled, 1);
  EXPECT_TRUE(state.hidden.contains("validation"));
  EXPECT_TRUE(state.fit_x);
  EXPECT_NEAR(state.y_max, 4 + 0.05 * 3, 0.02);  // fitted to what is left
  rest(show);
  click(at.x, at.y, show);
  EXPECT_TRUE(state.hidden.empty());
}

TEST_F(LinePlot, OneHoverLineForAll) {
  PlotState other_state;
  LinePlotResult other;
  LinePlotSpec other_spec = spec;
  other_spec.id = "other";
  other_spec.size = {800, 300};
  const auto both = [&] {
    hover.begin_frame();
    show();
    other = line_plot(other_spec, other_state, &hover, theme, 1);
  };
  move(middle().x, middle().y);
  for (int i = 0; i < 3; ++i) frame(both);
  EXPECT_TRUE(result.hovered);
  EXPECT_FALSE(other.hovered);
  EXPECT_TRUE(hover.active);
  EXPECT_NEAR(hover.x, 500, 1);
  move_away();
  for (int i = 0; i < 3; ++i) frame(both);
  EXPECT_FALSE(hover.active);
}

TEST_F(LinePlot, NamesTheCurveAndEventUnderTheMouse) {
  const std::vector<EventMark> events = {{.x = 200, .label = "k 1"}, {.x = 600, .label = "noise"}};
  spec.events = events;
  const Rect area = result.data_area;
  const double share = (1.0 - state.y_min) / (state.y_max - state.y_min);  // the curve ends near 1
  move(area.x0 + area.width() * 0.6f, area.y1 - static_cast<float>(share) * area.height() - 3);
  frame(show);
  frame(show);
  EXPECT_EQ(result.hovered_curve, 0);
  EXPECT_EQ(result.hovered_event, 1);
}

TEST_F(LinePlot, SurvivesEveryKindOfEmptiness) {
  const std::vector<float> nothing(1001, NAN);
  const std::vector<double> one_x = {5};
  const std::vector<float> one_y = {2};
  const std::vector<std::vector<Curve>> cases = {
      {},
      {Curve{.label = "none"}},
      {Curve{.label = "nan", .x = steps, .y = nothing}},
      {Curve{.label = "one", .x = one_x, .y = one_y}},
      {Curve{.label = "short", .x = steps, .y = one_y}},
  };
  for (const auto& some : cases) {
    for (const ImVec2 size : {ImVec2(800, 400), ImVec2(60, 40), ImVec2(3, 3), ImVec2(800, 12)}) {
      for (const bool log : {false, true}) {
        spec.curves = some;
        spec.size = size;
        spec.log_y = log;
        move(size.x / 2, size.y / 2);
        frame(show);
        frame(show);
        EXPECT_TRUE(std::isfinite(state.x_min) && std::isfinite(state.x_max));
        EXPECT_LT(state.y_min, state.y_max);
      }
    }
  }
}

TEST_F(LinePlot, AMillionPointsCostFewVertices) {
  std::vector<double> x(1000000);
  std::vector<float> y(1000000);
  std::iota(x.begin(), x.end(), 0.0);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<float>((i * 2654435761u) % 1000) / 1000;
  curves = {Curve{.label = "raw", .x = x, .y = y}};
  spec.curves = curves;
  frame(show);
  frame(show);
  EXPECT_LT(vertex_count(), 20000);
}

// In a plot as low as its axis there is no room for a name: the mouse on the line asks for it.
TEST_F(LinePlot, AReferenceWithoutRoomForItsNameSaysItUnderTheMouse) {
  const std::vector<ReferenceLine> lines = {{.y = 2, .label = "a name of a reference longer than this plot is wide"}};
  spec.references = lines;
  spec.size = {160, 60};
  frame(show);
  const Axis y_axis{state.y_min, state.y_max, result.data_area.y1, result.data_area.y0, false};
  move(middle().x, y_axis.screen_from_data(2));
  frame(show);
  frame(show);
  EXPECT_EQ(result.told_reference, 0);
  move(middle().x, result.data_area.y0 + 2);
  frame(show);
  frame(show);
  EXPECT_EQ(result.told_reference, -1);
}

TEST_F(LinePlot, ReferenceLinesNearTheDataAreFittedIn) {
  const std::vector<ReferenceLine> lines = {{.y = 5.0, .label = "ln V"}, {.y = 50, .label = "far"}};
  spec.references = lines;
  frame(show);
  EXPECT_GT(state.y_max, 5);
  EXPECT_LT(state.y_max, 6);
}

TEST(LinePlotReadOut, AShareIsReadOutAsItsAxisHasIt) {
  LinePlotSpec spec;
  EXPECT_EQ(read_out(spec, 0.04771), "0.04771");
  spec.y_percent = true;
  EXPECT_EQ(read_out(spec, 0.04771), "4.77%");
  EXPECT_EQ(read_out(spec, 0), "0.00%");
  EXPECT_EQ(read_out(spec, 1), "100%");
  EXPECT_EQ(read_out(spec, NAN).find('%'), std::string::npos);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
