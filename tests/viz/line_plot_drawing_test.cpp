// A line plot as drawn, seen through a canvas that writes down what it is asked for.
#include "viz/plots/line_plot.h"
#include "viz/plots/line_plot_draw.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "recording_canvas.h"
#include "viz/plots/line_plot_labels.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

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

TEST_F(LinePlotDrawing, NothingHasNoScaleButItsWords) {
  spec.empty_text = "nothing to compare with";
  draw_line_plot(canvas, {0, 0, 400, 200}, spec, state, NAN, theme, 1);
  ASSERT_EQ(canvas.texts.size(), 1u);
  EXPECT_EQ(canvas.texts[0].text, "nothing to compare with");
  EXPECT_EQ(canvas.segment_count, 0u);
  canvas.clear();
  // Where somebody zoomed beside the curves, the scale says where that is.
  state.fit_x = false;
  state.x_min = 500, state.x_max = 600;
  const std::vector<Curve> curves = {Curve{.label = "a", .x = x, .y = y}};
  spec.curves = curves;
  draw_line_plot(canvas, {0, 0, 400, 200}, spec, state, NAN, theme, 1);
  EXPECT_TRUE(canvas.wrote("550") || canvas.wrote("540") || canvas.wrote("520"));
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

// A run that had ended by then, or had not begun, has no value there.
TEST(LinePlotValues, NoCurveHasAnyBeyondItsEnds) {
  const std::vector<double> x = {100, 110, 120}, one = {7};
  const std::vector<float> y = {5, 6, 7}, of_one = {3};
  for (const bool sparse : {false, true}) {
    const Curve curve{.label = "c", .x = x, .y = y, .sparse = sparse};
    EXPECT_EQ(value_at(curve, 100), 5);
    EXPECT_EQ(value_at(curve, 124), 7);
    EXPECT_TRUE(std::isnan(value_at(curve, 94)));
    EXPECT_TRUE(std::isnan(value_at(curve, 131)));
    EXPECT_TRUE(std::isnan(value_at(curve, 2'024)));
    const Curve single{.label = "s", .x = one, .y = of_one, .sparse = sparse};
    EXPECT_EQ(value_at(single, 7), 3);
    EXPECT_TRUE(std::isnan(value_at(single, 1'207)));
  }
  // A validation every 200 steps, and one more where the run was ended and gone on with.
  const std::vector<double> now_and_then = {800, 1'000, 1'010};
  const Curve validation{.label = "v", .x = now_and_then, .y = y, .sparse = true};
  EXPECT_EQ(value_at(validation, 1'199), 7);
  EXPECT_TRUE(std::isnan(value_at(validation, 1'211)));
  const std::vector<double> once = {200};
  EXPECT_EQ(value_at({.label = "v", .x = once, .y = of_one, .sparse = true}, 350), 3);
  EXPECT_EQ(value_at({.label = "c", .x = x, .y = y}, 96), 5) << "nearer to it than half a gap";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
