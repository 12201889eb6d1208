// What a click in a panel changes, and which Command comes out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/panels/panel_table.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/time_plots.h"
#include "tests/app/panels/panel_bench.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

TEST(LayerPicker, ComboChoosesTheLayerEverywhere) {
  for (const char* id : {"expert-load", "routing", "tokens", "projection"}) {
    Bench bench(id);
    const std::string title(find_panel(id)->title);
    ASSERT_TRUE(bench.click(title + "/layer")) << title;
    ASSERT_TRUE(bench.click(title + "/layer/layer 2")) << title;
    EXPECT_EQ(bench.ui.layer, 2) << title;
  }
}

TEST(LayerPicker, ArrowsStopAtTheEnds) {
  Bench bench("expert-load", {.layers = 2});
  ASSERT_TRUE(bench.click("Expert load/next layer"));
  EXPECT_EQ(bench.ui.layer, 1);
  bench.click("Expert load/next layer");
  EXPECT_EQ(bench.ui.layer, 1);
  bench.click("Expert load/previous layer");
  EXPECT_EQ(bench.ui.layer, 0);
  bench.click("Expert load/previous layer");
  EXPECT_EQ(bench.ui.layer, 0);
}

TEST(LayerPicker, SelectionSurvivesAModelWithFewerLayers) {
  Bench bench("expert-load", {.layers = 2});
  bench.ui.layer = 3;
  bench.frame();
  EXPECT_EQ(bench.ui.layer, 3);
  EXPECT_EQ(bench.window.registry.find("Expert load/layer")->text, "layer 1");
}

TEST(LossPanel, ScaleComboSetsLogAxis) {
  Bench bench("loss");
  ASSERT_TRUE(bench.click("Loss/scale"));
  ASSERT_TRUE(bench.click("Loss/scale/log"));
  EXPECT_TRUE(bench.ui.loss_log_y);
}

TEST(RoutingPanel, BalanceFigureTurnsToZLoss) {
  Bench bench("routing");
  bench.frame();
  EXPECT_EQ(bench.window.registry.find("Routing/balance")->text, "Switch loss");
  ASSERT_TRUE(bench.click("Routing/balance figure"));
  ASSERT_TRUE(bench.click("Routing/balance figure/z-loss"));
  EXPECT_EQ(bench.ui.shown_loss, AuxLoss::z);
  EXPECT_EQ(bench.window.registry.find("Routing/balance")->text, "router z-loss");
}

TEST(TokenPanel, ButtonsWalkThePassagesInACircle) {
  Bench bench("tokens", {.passages = 3});
  ASSERT_TRUE(bench.click("Tokens/next passage"));
  EXPECT_EQ(bench.ui.passage, 1u);
  bench.click("Tokens/previous passage");
  EXPECT_EQ(bench.ui.passage, 0u);
  bench.click("Tokens/previous passage");
  EXPECT_EQ(bench.ui.passage, 2u);
  bench.click("Tokens/next passage");
  EXPECT_EQ(bench.ui.passage, 0u);
}

TEST(TokenPanel, ChipLightsItsExpertUntilTheMouseLeaves) {
  Bench bench("tokens");
  ASSERT_TRUE(bench.hover("Tokens/E03"));
  EXPECT_EQ(bench.ui.hovered_expert, 3);
  bench.window.move({-1, -1});
  bench.frame();
  EXPECT_EQ(bench.ui.hovered_expert, -1);
}

TEST(Hover, OnlyItsOwnerPutsALightOut) {
  UiState ui;
  light_expert(ui, HoverSource::load, 4);
  light_expert(ui, HoverSource::tokens, -1);
  EXPECT_EQ(ui.hovered_expert, 4);
  light_expert(ui, HoverSource::tokens, 2);
  light_expert(ui, HoverSource::load, -1);
  EXPECT_EQ(ui.hovered_expert, 2);
  light_expert(ui, HoverSource::tokens, -1);
  EXPECT_EQ(ui.hovered_expert, -1);
}

TEST(ExpertLoadPanel, BarUnderTheMouseLightsItsExpert) {
  Bench bench("expert-load");
  bench.frame();
  // The bars fill the panel's width in order: sweeping from left to right meets every expert once.
  std::vector<int> met;
  for (float x = 10; x < 640; x += 4) {
    bench.window.move({x, 120});
    bench.frame();
    if (bench.ui.hovered_expert >= 0 && (met.empty() || met.back() != bench.ui.hovered_expert)) {
      met.push_back(bench.ui.hovered_expert);
    }
  }
  EXPECT_THAT(met, testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST(GenerationPanel, ButtonSendsThePromptAndThenStops) {
  Bench bench("generation");
  bench.ui.prompt = "The fox";
  bench.ui.temperature = 0.5;
  bench.ui.sample_top_k = 7;
  bench.ui.generated = {{"x", {0}}};
  ASSERT_TRUE(bench.click("Generation/run"));
  ASSERT_EQ(bench.out.size(), 1u);
  const Generate& start = std::get<Generate>(bench.out[0]);
  EXPECT_EQ(start.id, 1u);
  EXPECT_EQ(start.prompt, "The fox");
  EXPECT_EQ(start.temperature, 0.5);
  EXPECT_EQ(start.top_k, 7);
  EXPECT_GT(start.tokens, 0);
  EXPECT_TRUE(bench.ui.generating);
  EXPECT_TRUE(bench.ui.generated.empty());
  EXPECT_EQ(bench.window.registry.find("Generation/run")->text, "Stop");

  ASSERT_TRUE(bench.click("Generation/run"));
  ASSERT_EQ(bench.out.size(), 2u);
  EXPECT_EQ(std::get<Generate>(bench.out[1]).tokens, 0);
  EXPECT_EQ(std::get<Generate>(bench.out[1]).id, 1u);
  EXPECT_FALSE(bench.ui.generating);
}

TEST(GenerationPanel, NothingIsSentWhileTheEngineLoads) {
  Bench bench("generation");
  bench.run.status.state = RunState::loading;
  ASSERT_TRUE(bench.click("Generation/run"));
  EXPECT_TRUE(bench.out.empty());
  EXPECT_FALSE(bench.ui.generating);
}

TEST(GenerationPanel, SlidersSetTemperatureAndTopK) {
  Bench bench("generation");
  ASSERT_TRUE(bench.click("Generation/temperature"));
  EXPECT_DOUBLE_EQ(bench.ui.temperature, 1.0);  // the middle of 0 to 2
  ASSERT_TRUE(bench.click("Generation/top-k"));
  EXPECT_EQ(bench.ui.sample_top_k, 50);  // the middle of 1 to 100
}

TEST(SharedRange, ZoomOfOneTimePlotReachesTheOthers) {
  UiState ui;
  ui.plots["entropy"].fit_x = false;
  ui.plots["entropy"].x_min = 10;
  ui.plots["entropy"].x_max = 20;
  ui.plots["loss"].fit_y = false;
  share_x_range(ui, "entropy");
  for (const char* id : kTimePlots) {
    EXPECT_FALSE(ui.plots[id].fit_x) << id;
    EXPECT_EQ(ui.plots[id].x_min, 10) << id;
    EXPECT_EQ(ui.plots[id].x_max, 20) << id;
  }
  EXPECT_FALSE(ui.plots["loss"].fit_y);
  EXPECT_TRUE(ui.plots["drops"].fit_y);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
