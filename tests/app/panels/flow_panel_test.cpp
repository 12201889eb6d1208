// The layer flow: what it draws of a made-up run, what a hover follows, what a click chooses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/ui/panel_exports.h"
#include "core/insight/layer_flow.h"
#include "tests/app/panels/panel_scene.h"
#include "viz/base/compat.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

struct Bench {
  explicit Bench(const scene::Shape& shape = {}) : run(shape) {}
  void draw() { scene::draw("flow", run.input(exports), ui, out); }
  void frames(int count = 1) {
    for (int i = 0; i < count; ++i) {
      window.frame([&] { draw(); });
      for (PanelExport& handed : exports.end_frame()) taken.push_back(std::move(handed));
    }
  }
  bool click(const std::string& name) {
    return window.click(name, [&] { draw(); });
  }
  // A table of what is shown.
  Table table() {
    exports.ask("flow", {.data = true});
    frames(2);
    return taken.empty() || !taken.back().table ? Table() : *taken.back().table;
  }
  scene::Scene run;
  scene::Headless window{{760, 400}};
  PanelExports exports;
  std::vector<PanelExport> taken;
  UiState ui;
  Commands out;
};

std::int64_t pairs_in(const Table& table) {
  std::int64_t sum = 0;
  for (const auto& row : table.rows()) sum += std::stoll(row[3].text());
  return sum;
}

TEST(FlowPanel, DataIsEveryPairOfNeighbours) {
  Bench bench({.layers = 4, .experts = 8, .top_k = 2});
  const Table table = bench.table();
  EXPECT_EQ(table.rows().size(), 3u * 8 * 8);
  EXPECT_EQ(pairs_in(table), 3 * 2 * 2 * 8 * 128);  // gaps x k x k x tokens
  const auto flows = layer_flow(bench.run.seen.layers);
  EXPECT_EQ(table.rows()[8 + 3][3].text(), std::to_string(flows[0].count(1, 3)));
}

TEST(FlowPanel, FirstChoicesAloneAreOnePairAToken) {
  Bench bench;
  ASSERT_TRUE(bench.click("Layer flow/choice"));
  ASSERT_TRUE(bench.click("Layer flow/choice/first choice"));
  EXPECT_TRUE(bench.ui.flow.first_choice);
  EXPECT_EQ(pairs_in(bench.table()), 3 * 8 * 128);
}

TEST(FlowPanel, ADomainIsAPartOfTheTokens) {
  Bench bench;
  const auto& tokens = *bench.run.seen.tokens;
  ASSERT_TRUE(bench.click("Layer flow/of"));
  ASSERT_TRUE(bench.click("Layer flow/of/" + tokens.domain_names[1]));
  EXPECT_EQ(bench.ui.flow.label, 1);
  const auto members = std::count(tokens.domain.begin(), tokens.domain.end(), 1);
  ASSERT_GT(members, 0);
  EXPECT_EQ(pairs_in(bench.table()), 3 * 2 * 2 * members);
}

TEST(FlowPanel, AHoveredNodeLightsItsExpertAndIsFollowed) {
  Bench bench;
  bench.frames(2);
  const Registry::Item* flow = bench.window.registry.find("Layer flow/flow");
  ASSERT_TRUE(flow);
  // The topmost bar of the first layer.
  bench.window.move({flow->min.x + 5, flow->min.y + 40});
  bench.frames(3);
  EXPECT_EQ(bench.ui.flow.layer, 0);
  EXPECT_EQ(bench.ui.flow.expert, 0);
  EXPECT_EQ(bench.ui.hovered_expert, 0);
  EXPECT_EQ(bench.ui.hover_source, HoverSource::flow);
  bench.window.move({-10, -10});
  bench.frames(3);
  EXPECT_EQ(bench.ui.hovered_expert, -1);
}

TEST(FlowPanel, AClickOnANodeChoosesItsLayer) {
  Bench bench;
  bench.frames(2);
  const Registry::Item item = *bench.window.registry.find("Layer flow/flow");
  bench.window.move({item.max.x - 5, item.min.y + 40});  // the last layer
  bench.frames(2);
  viz::feed_mouse_button(0, true);
  bench.frames(1);
  viz::feed_mouse_button(0, false);
  bench.frames(2);
  EXPECT_EQ(bench.ui.layer, 3);
}

TEST(FlowPanel, OfAnExpertLitElsewhereItShowsTheWay) {
  Bench bench;
  bench.exports.ask("flow", {.figure = true});
  bench.frames(2);
  bench.ui.hovered_expert = 3;
  bench.ui.hover_source = HoverSource::load;
  bench.exports.ask("flow", {.figure = true});
  bench.frames(2);
  ASSERT_EQ(bench.taken.size(), 2u);
  EXPECT_EQ(bench.ui.hovered_expert, 3) << "not its light to put out";
}

TEST(FlowPanel, WithoutTwoLayersItSaysSo) {
  for (const std::size_t layers : {0u, 1u}) {
    Bench bench({.layers = layers});
    bench.frames(2);
    EXPECT_FALSE(bench.window.registry.find("Layer flow/flow"));
    EXPECT_TRUE(bench.table().empty());
  }
}

TEST(FlowPanel, OddSelectionsAreHarmless) {
  for (const std::size_t classes : {0u, 3u}) {
    Bench bench({.layers = 2, .experts = 300, .top_k = 1, .classes = classes});
    bench.ui.flow = {.first_choice = true, .label = 99, .layer = 7, .expert = 5000};
    bench.ui.hover_source = HoverSource::flow;
    bench.ui.hovered_expert = 5000;
    bench.frames(3);
    EXPECT_TRUE(bench.window.registry.find("Layer flow/flow"));
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
