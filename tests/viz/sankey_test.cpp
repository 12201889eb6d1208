#include "viz/plots/sankey.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "tests/viz/headless_imgui.h"
#include "tests/viz/recording_canvas.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

using testing::RecordingCanvas;

// A network of `columns` layers of `nodes`: token t goes from t to (3 t + gap) modulo nodes, and half as often
// back to 0.
struct Network {
  Network(std::size_t columns, std::size_t nodes) {
    for (std::size_t n = 0; n < nodes; ++n) names.push_back("E" + std::to_string(n));
    for (const std::string& name : names) list.push_back({name, 0});
    for (std::size_t c = 0; c < columns; ++c) titles.push_back("layer " + std::to_string(c));
    for (std::size_t c = 0; c < columns; ++c) stages.push_back({titles[c], list});
    for (std::size_t g = 0; g + 1 < columns; ++g) {
      std::vector<float>& w = weights.emplace_back(nodes * nodes, 0.0f);
      for (std::size_t n = 0; n < nodes; ++n) w[n * nodes + (3 * n + g) % nodes] += 2, w[n * nodes] += 1;
    }
    for (const std::vector<float>& w : weights) gaps.push_back({w, {}});
    spec.columns = stages;
    spec.gaps = gaps;
  }
  std::vector<std::string> names, titles;
  std::vector<SankeyNode> list;
  std::vector<SankeyColumn> stages;
  std::vector<std::vector<float>> weights;
  std::vector<SankeyGap> gaps;
  SankeySpec spec;
};

RecordingCanvas drawn(const SankeySpec& spec, Rect rect = {0, 0, 700, 400}, const SankeyResult& hovered = {}) {
  RecordingCanvas canvas;
  draw_sankey(canvas, rect, spec, hovered, dark(), 1);
  return canvas;
}
float thickness(const Ribbon& r) { return r.bottom0 - r.top0; }

// Even routing among 32 experts in 8 layers: 7,168 ribbons of one thickness, and of every gap some are drawn.
TEST(Sankey, OfThousandsOfEqualRibbonsEverySoManythIsDrawn) {
  Network network(8, 32);
  for (std::vector<float>& w : network.weights) std::fill(w.begin(), w.end(), 1.0f);
  const RecordingCanvas canvas = drawn(network.spec, {0, 0, 1900, 1000});
  EXPECT_LE(canvas.ribbons.size(), 1800u);
  EXPECT_GE(canvas.ribbons.size(), 1200u);
  std::map<float, int> by_gap;
  for (const auto& drawn : canvas.ribbons) ++by_gap[drawn.ribbon.x0];
  ASSERT_EQ(by_gap.size(), 7u);
  for (const auto& [x, count] : by_gap) EXPECT_NEAR(count, static_cast<double>(canvas.ribbons.size()) / 7, 1) << x;
  // One that is thicker than the rest is there whatever the rest is.
  network.weights[3][37] = 4;
  const RecordingCanvas again = drawn(network.spec, {0, 0, 1900, 1000});
  int thick = 0;
  for (const auto& drawn : again.ribbons)
    thick += thickness(drawn.ribbon) > 2 * thickness(canvas.ribbons[0].ribbon);
  EXPECT_EQ(thick, 1);
}

TEST(Sankey, RibbonsAreAsThickAsTheirShares) {
  const float weights[] = {6, 2, 0, 4};
  const SankeyNode nodes[] = {{"a"}, {"b"}};
  const SankeyColumn columns[] = {{"", nodes}, {"", nodes}};
  const SankeyGap gaps[] = {{weights, {}}};
  const RecordingCanvas canvas = drawn({.columns = columns, .gaps = gaps}, {0, 0, 200, 125});
  ASSERT_EQ(canvas.ribbons.size(), 3u);  // nothing flows from b to a
  // 120 px of height for the whole, 5 between the nodes.
  EXPECT_NEAR(thickness(canvas.ribbons[0].ribbon), 60, 0.01);
  EXPECT_NEAR(thickness(canvas.ribbons[1].ribbon), 20, 0.01);
  EXPECT_NEAR(thickness(canvas.ribbons[2].ribbon), 40, 0.01);
  // Those of a node lie side by side: leaving a, 0 to 80; arriving at b, 65 to 125.
  EXPECT_NEAR(canvas.ribbons[0].ribbon.top0, 0, 0.01);
  EXPECT_NEAR(canvas.ribbons[1].ribbon.top0, 60, 0.01);
  EXPECT_NEAR(canvas.ribbons[1].ribbon.top1, 65, 0.01);
  EXPECT_NEAR(canvas.ribbons[2].ribbon.top1, 85, 0.01);
  EXPECT_NEAR(canvas.ribbons[2].ribbon.bottom1, 125, 0.01);
  for (const auto& band : canvas.ribbons)
    EXPECT_NEAR(band.ribbon.bottom1 - band.ribbon.top1, thickness(band.ribbon), 1e-4);
}

TEST(Sankey, EveryGapIsDrawnToTheSameHeight) {
  Network net(3, 4);
  for (float& w : net.weights[1]) w *= 1000;
  const RecordingCanvas canvas = drawn(net.spec);
  float sum[2] = {};
  for (const auto& band : canvas.ribbons) sum[band.ribbon.x0 > 300] += thickness(band.ribbon);
  EXPECT_NEAR(sum[0], sum[1], 0.1);
  EXPECT_GT(sum[0], 250);
}

TEST(Sankey, NothingOverlapsAndNothingLeavesTheRectangle) {
  for (const std::size_t nodes : {1u, 2u, 16u, 64u, 256u})
    for (const std::size_t columns : {2u, 8u}) {
      const Network net(columns, nodes);
      const Rect rect{10, 20, 760, 420};
      const RecordingCanvas canvas = drawn(net.spec, rect);
      EXPECT_EQ(canvas.clip_depth, 0);
      for (const auto& box : canvas.rects) {
        EXPECT_GE(box.rect.x0, rect.x0);
        EXPECT_LE(box.rect.x1, rect.x1 + 0.01f);
        EXPECT_GE(box.rect.y0, rect.y0 - 0.01f);
        EXPECT_LE(box.rect.y1, rect.y1 + 1.01f);  // a node of no height is drawn a pixel high
      }
      for (std::size_t i = 1; i < canvas.ribbons.size(); ++i) {
        const Ribbon &a = canvas.ribbons[i - 1].ribbon, &b = canvas.ribbons[i].ribbon;
        if (a.x0 == b.x0) {
          EXPECT_LE(a.bottom0, b.top0 + 0.01f);
        }
      }
    }
}

TEST(Sankey, SixteenExpertsInEightLayersAreNamed) {
  const Network net(8, 16);
  const RecordingCanvas canvas = drawn(net.spec, {0, 0, 760, 400});
  int names = 0;
  for (const auto& text : canvas.texts) names += text.text[0] == 'E';
  EXPECT_GE(names, 100);  // of 128; the rest are too small for a line of text
  EXPECT_TRUE(canvas.wrote("layer 0"));
  EXPECT_TRUE(canvas.wrote("layer 7"));
}

TEST(Sankey, ALitNodeLightsItsRibbonsOnTopOfTheOthers) {
  Network net(3, 4);
  net.spec.lit_column = 1;
  net.spec.lit_node = 2;
  const RecordingCanvas canvas = drawn(net.spec);
  const int lit = alpha(canvas.ribbons.back().colour), aside = alpha(canvas.ribbons.front().colour);
  EXPECT_GT(lit, 150);
  EXPECT_LT(aside, 40);
  bool seen_lit = false;
  int count = 0;
  for (const auto& band : canvas.ribbons) {
    const bool is_lit = alpha(band.colour) == lit;
    count += is_lit;
    EXPECT_TRUE(is_lit || !seen_lit) << "a faint ribbon on top of a lit one";
    seen_lit = seen_lit || is_lit;
  }
  EXPECT_EQ(count, 3);  // from node 2 of layer 0; to nodes 3 and 0 of layer 2
}

TEST(Sankey, ALitPartIsDrawnAlongItsRibbon) {
  const float weights[] = {6, 2, 0, 4}, part[] = {3, 0, 0, 4};
  const SankeyNode nodes[] = {{"a"}, {"b"}};
  const SankeyColumn columns[] = {{"", nodes}, {"", nodes}};
  const SankeyGap gaps[] = {{weights, part}};
  const RecordingCanvas canvas = drawn({.columns = columns, .gaps = gaps}, {0, 0, 200, 125});
  ASSERT_EQ(canvas.ribbons.size(), 5u);
  EXPECT_NEAR(thickness(canvas.ribbons[3].ribbon), 30, 0.01);
  EXPECT_NEAR(thickness(canvas.ribbons[4].ribbon), 40, 0.01);
  EXPECT_GT(alpha(canvas.ribbons[3].colour), alpha(canvas.ribbons[0].colour));
}

TEST(Sankey, OddWeightsAreNothing) {
  const float weights[] = {NAN, -3, INFINITY, 4};
  const SankeyNode nodes[] = {{"a"}, {"b"}};
  const SankeyColumn columns[] = {{"", nodes}, {"", nodes}};
  const SankeyGap gaps[] = {{weights, {}}};
  const RecordingCanvas canvas = drawn({.columns = columns, .gaps = gaps}, {0, 0, 200, 125});
  ASSERT_EQ(canvas.ribbons.size(), 1u);
  EXPECT_TRUE(std::isfinite(canvas.ribbons[0].ribbon.top0));

  const float none[4] = {};
  const SankeyGap empty[] = {{none, {}}};
  EXPECT_TRUE(drawn({.columns = columns, .gaps = empty}).wrote("no data yet"));
  EXPECT_TRUE(drawn({}).wrote("no data yet"));
}

class SankeyMouse : public testing::HeadlessImGui {
 protected:
  SankeyMouse() : HeadlessImGui(700, 400) {}
  SankeyResult at(const SankeySpec& spec, float x, float y) {
    SankeyResult result;
    const auto content = [&] { result = sankey(spec, dark(), 1); };
    move(x, y);
    frame(content);
    frame(content);
    return result;
  }
};

TEST_F(SankeyMouse, FindsNodesAndRibbons) {
  const float weights[] = {6, 2, 0, 4};
  const SankeyNode nodes[] = {{"a"}, {"b"}};
  const SankeyColumn columns[] = {{"", nodes}, {"", nodes}};
  const SankeyGap gaps[] = {{weights, {}}};
  const SankeySpec spec{.columns = columns, .gaps = gaps};
  const SankeyResult node = at(spec, 2, 350);
  EXPECT_EQ(node.column, 0);
  EXPECT_EQ(node.node, 1);
  const SankeyResult ribbon = at(spec, 350, 100);  // a to a runs level along the top half
  EXPECT_EQ(ribbon.gap, 0);
  EXPECT_EQ(ribbon.from, 0);
  EXPECT_EQ(ribbon.to, 0);
  EXPECT_EQ(ribbon.node, -1);
  // The ribbon below it drops by the 5 px between the nodes, half of them by now.
  const SankeyResult nothing = at(spec, 350, 199);
  EXPECT_EQ(nothing.gap, -1);
  EXPECT_EQ(nothing.node, -1);
}

TEST_F(SankeyMouse, AClickIsReportedWithWhatItHit) {
  const Network net(3, 4);
  bool clicked = false;
  SankeyResult hit;
  const auto content = [&] {
    const SankeyResult result = sankey(net.spec, dark(), 1);
    if (result.clicked) clicked = true, hit = result;
  };
  click(5, 60, content);
  EXPECT_TRUE(clicked);
  EXPECT_EQ(hit.column, 0);
  EXPECT_EQ(hit.node, 0);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
