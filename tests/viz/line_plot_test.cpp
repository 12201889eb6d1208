#include "viz/plots/line_plot.h"
#include "viz/plots/line_plot_draw.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "headless_imgui.h"
#include "recording_canvas.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/plots/line_plot_labels.h"
#include "viz/plots/line_plot_layout.h"

namespace viz {
namespace {

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

// --- the drawing, seen through a canvas that writes down what it is asked for

class LinePlotDrawing : public ::testing::Test {
 protected:
  LinePlotDrawing() {
    std::iota(x.begin(), x.end(), 0.0);
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = 2 + std::sin(static_cast<float>(i) * 0.1f);
  }
  std::vector<double> x = std::vector<double>(101);
  std::vector<float> y = std::vector<float>(101);
  LinePlotSpec spec;
  PlotState state;
  testing::RecordingCanvas canvas;
  Theme theme = dark();
};

TEST_F(LinePlotDrawing, NoTextLeavesTheRectangleAndNoTwoTicksOverlap) {
  const std::vector<Curve> curves = {
      Curve{.label = "a curve with a name far longer than any legend has room for, and then some more",
            .x = x,
            .y = y},
      Curve{.label = "b", .x = x, .y = y}, Curve{.label = "another one", .x = x, .y = y},
      Curve{.label = "load balancing loss of layer seven", .x = x, .y = y}};
  const std::vector<ReferenceLine> lines = {{.y = 2.3, .label = "character bigram 2.31, which is a long label"}};
  const std::vector<EventMark> events = {{.x = 10, .label = "k 1 to 2"},
                                         {.x = 11.5, .label = "noise 0 to 0.5"},
                                         {.x = 12.5, .label = "experts 8 to 16"},
                                         {.x = 99, .label = "at the very end"}};
  spec.curves = curves;
  spec.references = lines;
  spec.events = events;
  spec.summary = "1.021 ± 0.012 last 100";
  for (const Rect rect :
       {Rect{10, 20, 900, 400}, Rect{10, 20, 300, 160}, Rect{10, 20, 150, 100}, Rect{10, 20, 90, 60}}) {
    for (const float scale : {1.0f, 2.0f}) {
      canvas.clear();
      draw_line_plot(canvas, rect, spec, state, NAN, theme, scale);
      for (const auto& text : canvas.texts) {
        EXPECT_GE(text.box.x0, rect.x0 - 0.5f) << text.text;
        EXPECT_LE(text.box.x1, rect.x1 + 0.5f) << text.text << " at width " << rect.width();
        EXPECT_GE(text.box.y0, rect.y0 - 0.5f) << text.text;
        EXPECT_LE(text.box.y1, rect.y1 + 0.5f) << text.text << " at height " << rect.height();
      }
      EXPECT_EQ(canvas.clip_depth, 0);
    }
  }
}

bool apart(const Rect& a, const Rect& b) { return a.x1 <= b.x0 || b.x1 <= a.x0 || a.y1 <= b.y0 || b.y1 <= a.y0; }

// A curve that settles on its reference from above, as a loss on "uniform" does: the newest end has no room over the line.
TEST_F(LinePlotDrawing, ReferencesAreNamedWholeAndBesideTheCurves) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = 1.02f + 0.6f * std::exp(-static_cast<float>(i) / 20);
  const std::vector<Curve> curves = {Curve{.label = "a", .x = x, .y = y}};
  const std::vector<ReferenceLine> lines = {{.y = 1, .label = "uniform 1"}, {.y = 1.05, .label = "chance"}};
  const std::vector<EventMark> events = {{.x = 50, .label = "top k 1 to 2"}, {.x = 97, .label = "noise 0 to 0.5"}};
  spec.curves = curves;
  spec.references = lines;
  spec.events = events;
  spec.show_legend = false;
  for (const Rect rect : {Rect{0, 0, 300, 130}, Rect{0, 0, 120, 90}, Rect{0, 0, 640, 400}}) {
    for (const float scale : {1.0f, 2.0f}) {
      canvas.clear();
      const LinePlotLayout at = layout_line_plot(canvas, rect, spec, state, NAN, theme, scale);
      DrawnCurves drawn(1);
      for (std::size_t i = 0; i < x.size(); ++i) drawn[0].push_back({at.x.screen_from_data(x[i]), at.y.screen_from_data(y[i])});
      const PlotLabels labels = place_labels(canvas, at, spec, drawn, theme, scale);
      EXPECT_TRUE(rect.width() < 200 || labels.unnamed.empty());
      std::size_t named = 0;
      for (std::size_t a = 0; a < labels.placed.size(); ++a) {
        const PlotLabel& label = labels.placed[a];
        EXPECT_GE(label.box.x0, at.data.x0 - 0.5f) << label.text;
        EXPECT_LE(label.box.x1, at.data.x1 + 0.5f) << label.text;
        EXPECT_GE(label.box.y0, at.data.y0 - 0.5f) << label.text;
        EXPECT_LE(label.box.y1, at.data.y1 + 0.5f) << label.text;
        EXPECT_GE(label.box.width(), canvas.text_size(label.text, Font::small).x) << label.text;
        for (std::size_t b = a + 1; b < labels.placed.size(); ++b)
          EXPECT_TRUE(apart(label.box, labels.placed[b].box)) << label.text << " over " << labels.placed[b].text;
        const bool is_reference = label.text == "uniform 1" || label.text == "chance";
        named += is_reference;
        std::size_t inside = 0;
        for (const Point& p : drawn[0]) inside += label.box.contains(p);
        if (is_reference && rect.width() > 200) {
          EXPECT_LE(inside, 3u) << label.text << " lies on the curve";
        }
      }
      EXPECT_EQ(named + labels.unnamed.size(), 2u);  // whole, or told by the tooltip
    }
  }
}

TEST_F(LinePlotDrawing, ANameLiesOnItsOwnGroundAboveTheCurves) {
  const std::vector<Curve> curves = {Curve{.label = "a", .x = x, .y = y}};
  const std::vector<ReferenceLine> lines = {{.y = 2, .label = "fair"}};
  spec.curves = curves;
  spec.references = lines;
  draw_line_plot(canvas, {0, 0, 400, 200}, spec, state, NAN, theme, 1);
  ASSERT_TRUE(canvas.wrote("fair"));
  EXPECT_EQ(canvas.rects_of(faded(theme.panel, 0.85f)), 1);
}

TEST_F(LinePlotDrawing, MarksGapsInRedAndBridgesSparseSeries) {
  y[50] = NAN;
  std::vector<Curve> curves = {Curve{.label = "dense", .x = x, .y = y}};
  spec.curves = curves;
  draw_line_plot(canvas, {0, 0, 800, 300}, spec, state, NAN, theme, 1);
  EXPECT_EQ(canvas.rects_of(faded(theme.bad, 0.22f)), 1);
  EXPECT_EQ(canvas.polylines.size(), 2u);
  canvas.clear();
  curves[0].sparse = true;
  draw_line_plot(canvas, {0, 0, 800, 300}, spec, state, NAN, theme, 1);
  EXPECT_EQ(canvas.rects_of(faded(theme.bad, 0.22f)), 0);
  EXPECT_EQ(canvas.polylines.size(), 1u);
}

TEST_F(LinePlotDrawing, CutsAtBreaksAndHidesWhatIsHidden) {
  const std::vector<Curve> curves = {Curve{.label = "a", .x = x, .y = y}, Curve{.label = "b", .x = x, .y = y}};
  const std::vector<double> breaks = {50};
  spec.curves = curves;
  spec.breaks = breaks;
  draw_line_plot(canvas, {0, 0, 800, 300}, spec, state, NAN, theme, 1);
  EXPECT_EQ(canvas.polylines.size(), 4u);
  canvas.clear();
  state.hidden.insert("a");
  draw_line_plot(canvas, {0, 0, 800, 300}, spec, state, NAN, theme, 1);
  EXPECT_EQ(canvas.polylines.size(), 2u);
}

TEST_F(LinePlotDrawing, TheLegendReadsTheValueUnderTheHoverLine) {
  const std::vector<Curve> curves = {Curve{.label = "a", .x = x, .y = y}};
  spec.curves = curves;
  y[30] = 2.718f;
  y[100] = 1.5f;
  draw_line_plot(canvas, {0, 0, 800, 300}, spec, state, 30, theme, 1);
  EXPECT_TRUE(canvas.wrote("2.718"));
  canvas.clear();
  draw_line_plot(canvas, {0, 0, 800, 300}, spec, state, NAN, theme, 1);
  EXPECT_TRUE(canvas.wrote("1.500"));
}

TEST(LinePlotValues, SparseCurvesHoldTheirLastValue) {
  const std::vector<double> x = {0, 1, 2, 3, 4};
  const std::vector<float> y = {5, NAN, 7, NAN, NAN};
  const Curve sparse{.label = "s", .x = x, .y = y, .sparse = true}, dense{.label = "d", .x = x, .y = y};
  EXPECT_EQ(value_at(sparse, 1.4), 5);
  EXPECT_EQ(value_at(sparse, 4), 7);
  EXPECT_TRUE(std::isnan(value_at(dense, 1)));
  EXPECT_EQ(newest_value(dense), 7);
}

}  // namespace
}  // namespace viz
