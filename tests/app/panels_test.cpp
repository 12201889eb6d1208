// The data panels in a headless ImGui: what a click changes, which Command comes out, and that no input,
// however odd, trips an assertion.
#include "app/panels/panels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/panels/panel_parts.h"
#include "app/panels/point_text.h"
#include "app/panels/time_plots.h"
#include "tests/app/panel_scene.h"

namespace switchyard::app {
namespace {

using scene::Headless;
using scene::Scene;
using scene::Shape;
using Draw = void (*)(const PanelInput&, UiState&, Commands&);

struct Named {
  const char* name;
  Draw draw;
};
const Named kPanels[] = {
    {"loss", draw_loss_panel},    {"load", draw_expert_load_panel},      {"routing", draw_routing_panel},
    {"tokens", draw_token_panel}, {"projection", draw_projection_panel}, {"generation", draw_generation_panel},
    {"layer_load", draw_layer_load_panel}, {"health", draw_health_panel}, {"specialization", draw_specialization_panel},
    {"co_activation", draw_co_activation_panel}, {"flow", draw_flow_panel},
    {"strips", draw_strips_panel}, {"inspector", draw_inspector_panel}, {"gradients", draw_gradient_panel}, {"expert", draw_expert_panel},
    {"accuracy", draw_accuracy_panel}, {"plane", draw_plane_panel}, {"confusion", draw_confusion_panel}};

// A panel on a run, in a headless window.
struct Bench {
  explicit Bench(Draw panel, const Shape& shape = {}, ImVec2 size = {640, 360})
      : run(shape), window(size), draw(panel) {}
  std::function<void()> body() {
    return [this] { draw(run.input(), ui, out); };
  }
  bool click(const std::string& name) { return window.click(name, body()); }
  bool hover(const std::string& name) { return window.hover(name, body()); }
  void frame() { window.frame(body()); }
  Scene run;
  Headless window;
  Draw draw;
  UiState ui;
  Commands out;
};

TEST(LayerPicker, ComboChoosesTheLayerEverywhere) {
  for (const auto& [title, draw] :
       {Named{"Expert load", draw_expert_load_panel}, Named{"Routing", draw_routing_panel},
        Named{"Tokens", draw_token_panel}, Named{"Projection", draw_projection_panel}}) {
    Bench bench(draw);
    ASSERT_TRUE(bench.click(std::string(title) + "/layer")) << title;
    ASSERT_TRUE(bench.click(std::string(title) + "/layer/layer 2")) << title;
    EXPECT_EQ(bench.ui.layer, 2) << title;
  }
}

TEST(LayerPicker, ArrowsStopAtTheEnds) {
  Bench bench(draw_expert_load_panel, {.layers = 2});
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
  Bench bench(draw_expert_load_panel, {.layers = 2});
  bench.ui.layer = 3;
  bench.frame();
  EXPECT_EQ(bench.ui.layer, 3);
  EXPECT_EQ(bench.window.registry.find("Expert load/layer")->text, "layer 1");
}

TEST(LossPanel, ScaleComboSetsLogAxis) {
  Bench bench(draw_loss_panel);
  ASSERT_TRUE(bench.click("Loss/scale"));
  ASSERT_TRUE(bench.click("Loss/scale/log"));
  EXPECT_TRUE(bench.ui.loss_log_y);
}

TEST(RoutingPanel, BalanceFigureTurnsToZLoss) {
  Bench bench(draw_routing_panel);
  bench.frame();
  EXPECT_EQ(bench.window.registry.find("Routing/balance")->text, "Switch loss");
  ASSERT_TRUE(bench.click("Routing/balance figure"));
  ASSERT_TRUE(bench.click("Routing/balance figure/z-loss"));
  EXPECT_EQ(bench.ui.shown_loss, AuxLoss::z);
  EXPECT_EQ(bench.window.registry.find("Routing/balance")->text, "router z-loss");
}

TEST(TokenPanel, ButtonsWalkThePassagesInACircle) {
  Bench bench(draw_token_panel, {.passages = 3});
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
  Bench bench(draw_token_panel);
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
  Bench bench(draw_expert_load_panel);
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

TEST(ProjectionPanel, ColourComboChoosesDomains) {
  Bench bench(draw_projection_panel);
  ASSERT_TRUE(bench.click("Projection/colour"));
  ASSERT_TRUE(bench.click("Projection/colour/by domain"));
  EXPECT_EQ(bench.ui.projection.colour, ColourBy::domain);
}

TEST(ProjectionPanel, DomainsAreNotOfferedWhereTheyAreUnknown) {
  Bench bench(draw_projection_panel);
  auto tokens = std::make_shared<ProbeTokens>(*bench.run.seen.tokens);
  tokens->domain.clear();
  tokens->domain_names.clear();
  bench.run.seen.tokens = tokens;
  bench.ui.projection.colour = ColourBy::domain;
  bench.frame();
  EXPECT_EQ(bench.window.registry.find("Projection/colour")->text, "by character");
  ASSERT_TRUE(bench.click("Projection/colour"));
  EXPECT_NE(bench.window.registry.find("Projection/colour/by character"), nullptr);
  EXPECT_EQ(bench.window.registry.find("Projection/colour/by domain"), nullptr);
}

TEST(ProjectionPanel, PointsAreColouredByClassOrByWhatIsRight) {
  Bench bench(draw_projection_panel, {.classes = 3});
  ASSERT_TRUE(bench.click("Projection/colour"));
  ASSERT_TRUE(bench.click("Projection/colour/by correctness"));
  EXPECT_EQ(bench.ui.projection.colour, ColourBy::correct);
  ASSERT_TRUE(bench.click("Projection/colour"));
  ASSERT_TRUE(bench.click("Projection/colour/by class"));
  EXPECT_EQ(bench.ui.projection.colour, ColourBy::domain);
}

TEST(ProjectionPanel, ATextHasNothingRightOrWrong) {
  Bench bench(draw_projection_panel);
  bench.ui.projection.colour = ColourBy::correct;  // left over from points
  bench.frame();
  EXPECT_EQ(bench.window.registry.find("Projection/colour")->text, "by domain");
}

// The map's left half belongs to expert 0, its right half to the last one.
TEST(PlanePanel, TheGroundUnderTheMouseLightsItsExpert) {
  Bench bench(draw_plane_panel, {.experts = 5, .classes = 3}, {640, 400});
  for (const char* name : {"Plane/by expert", "Plane/by class"}) {
    bench.window.move({-1, -1});
    bench.frame();
    const Registry::Item* item = bench.window.registry.find(name);
    ASSERT_NE(item, nullptr) << name;
    const ImVec2 centre = item->centre();
    const float above = item->min.y + 40;  // the registry forgets at the next frame
    const auto expert_at = [&](float x, float y) {
      bench.window.move({x, y});
      bench.frame();
      bench.frame();
      return bench.ui.hovered_expert;
    };
    // Far from every point, which lie within 1.5 of the middle in x and 1 in y; the map reaches 2.
    EXPECT_EQ(expert_at(centre.x - 60, above), 0) << name;
    EXPECT_EQ(expert_at(centre.x + 60, above), 4) << name;
    EXPECT_EQ(expert_at(-1, -1), -1);
  }
}

TEST(PlanePanel, AZoomOfOneMapIsAZoomOfTheOther) {
  Bench bench(draw_plane_panel, {.classes = 3}, {640, 400});
  ASSERT_TRUE(bench.hover("Plane/by expert"));
  ImGui::GetIO().MouseWheel = 2;
  bench.frame();
  const viz::PlotState &left = bench.ui.plots["plane by expert"], &right = bench.ui.plots["plane by class"];
  EXPECT_FALSE(left.fit_x);
  EXPECT_FALSE(right.fit_x);
  EXPECT_LT(left.x_max - left.x_min, 4.5);
  EXPECT_NEAR(right.x_max - right.x_min, left.x_max - left.x_min, 1e-6);
}

TEST(PlanePanel, CellsAreFoundByTheirPlace) {
  PlaneMap map;
  map.columns = 4, map.rows = 2;
  map.x_min = -2, map.x_max = 2, map.y_min = 0, map.y_max = 1;
  EXPECT_EQ(plane_cell(map, -1.9, 0.1), 0);
  EXPECT_EQ(plane_cell(map, 1.9, 0.1), 3);
  EXPECT_EQ(plane_cell(map, -1.9, 0.9), 4);
  EXPECT_EQ(plane_cell(map, 2.1, 0.9), -1);
  EXPECT_EQ(plane_cell(map, 0, -0.1), -1);
  EXPECT_EQ(plane_cell(PlaneMap(), 0, 0), -1);
}

TEST(ConfusionPanel, IsThereWithAPointSnapshotOnly) {
  Bench bench(draw_confusion_panel, {.classes = 4});
  EXPECT_TRUE(bench.hover("Confusion/matrix"));
  bench.run.has_snapshot = false;
  EXPECT_FALSE(bench.hover("Confusion/matrix"));
}

TEST(GenerationPanel, ButtonSendsThePromptAndThenStops) {
  Bench bench(draw_generation_panel);
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
  Bench bench(draw_generation_panel);
  bench.run.status.state = RunState::loading;
  ASSERT_TRUE(bench.click("Generation/run"));
  EXPECT_TRUE(bench.out.empty());
  EXPECT_FALSE(bench.ui.generating);
}

TEST(GenerationPanel, SlidersSetTemperatureAndTopK) {
  Bench bench(draw_generation_panel);
  ASSERT_TRUE(bench.click("Generation/temperature"));
  EXPECT_DOUBLE_EQ(bench.ui.temperature, 1.0);  // the middle of 0 to 2
  ASSERT_TRUE(bench.click("Generation/top-k"));
  EXPECT_EQ(bench.ui.sample_top_k, 50);  // the middle of 1 to 100
}

class EveryPanel : public testing::TestWithParam<Named> {};
INSTANTIATE_TEST_SUITE_P(Panels, EveryPanel, testing::ValuesIn(kPanels),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(EveryPanel, DrawsWithoutData) {
  for (const RunState state : {RunState::loading, RunState::playing, RunState::paused, RunState::failed}) {
    Bench bench(GetParam().draw);
    bench.run = scene::empty_scene(state);
    bench.frame();
    bench.frame();
    EXPECT_TRUE(bench.out.empty());
  }
}

TEST_P(EveryPanel, DrawsADenseModel) {
  Bench bench(GetParam().draw, {.layers = 0});
  bench.frame();
  bench.frame();
}

TEST_P(EveryPanel, DrawsPointsOfAnyShape) {
  for (const std::size_t classes : {std::size_t{2}, std::size_t{9}, std::size_t{32}})
    for (const std::size_t dims : {std::size_t{2}, std::size_t{10}})
      for (const std::size_t layers : {std::size_t{0}, std::size_t{2}}) {
        Bench bench(GetParam().draw, {.layers = layers, .experts = 20, .classes = classes, .dims = dims});
        bench.ui.hovered_expert = 19;
        bench.ui.projection.colour = ColourBy::correct;
        bench.frame();
        bench.window.move({200, 150});
        bench.frame();
        bench.frame();
      }
}

TEST_P(EveryPanel, DrawsAtAnySizeWithPoints) {
  for (const ImVec2 size : {ImVec2(1, 1), ImVec2(30, 30), ImVec2(60, 400), ImVec2(900, 40), ImVec2(200, 120)}) {
    Bench bench(GetParam().draw, {.classes = 9}, size);
    bench.frame();
    bench.frame();
  }
}

TEST_P(EveryPanel, SurvivesTheOtherTasksSnapshot) {
  for (const std::size_t classes : {std::size_t{0}, std::size_t{3}}) {
    Bench bench(GetParam().draw, {.classes = classes});
    bench.run.seen = scene::snapshot({.classes = 3 - classes});
    bench.frame();
    bench.frame();
  }
}

TEST_P(EveryPanel, DrawsOneAndManyExperts) {
  for (const std::size_t experts : {std::size_t{1}, std::size_t{17}, std::size_t{256}}) {
    Bench bench(GetParam().draw, {.experts = experts, .top_k = 1, .steps = 8});
    bench.ui.hovered_expert = static_cast<int>(experts) - 1;
    bench.frame();
    bench.frame();
  }
}

TEST_P(EveryPanel, DrawsAtAnySize) {
  for (const ImVec2 size : {ImVec2(1, 1), ImVec2(30, 30), ImVec2(60, 400), ImVec2(900, 40), ImVec2(200, 120)}) {
    for (const float scale : {1.0f, 2.0f}) {
      Bench bench(GetParam().draw, {}, size);
      bench.window.frame([&] { bench.draw(bench.run.input(scale), bench.ui, bench.out); });
      bench.window.frame([&] { bench.draw(bench.run.input(scale), bench.ui, bench.out); });
    }
  }
}

TEST_P(EveryPanel, SurvivesTheMouseAnywhere) {
  Bench bench(GetParam().draw, {.steps = 120});
  bench.ui.generated_from = "Once";
  bench.ui.generated = {{"a", {0, 1, 2, 3}}, {"\n", {7, 6, 5, 4}}, {"é", {}}};
  for (float y = 8; y < 370; y += 23) {
    for (float x = 8; x < 650; x += 41) {
      bench.window.move({x, y});
      bench.frame();
    }
  }
  EXPECT_TRUE(bench.out.empty());
}

TEST_P(EveryPanel, DrawsASnapshotOfAnotherModelThanTheHistory) {
  Bench bench(GetParam().draw, {.layers = 2, .experts = 4});
  bench.run.seen = scene::snapshot({.layers = 6, .experts = 32});
  bench.ui.layer = 5;
  bench.frame();
  bench.frame();
}

TEST_P(EveryPanel, LeavesTheHistoryCutAtARebuild) {
  Bench bench(GetParam().draw, {.layers = 4, .experts = 8});
  for (std::int64_t step = 1; step < 9; ++step) {
    StepRecord next = scene::record({.layers = 2, .experts = 16}, step);
    next.generation = 1;
    bench.run.history.append(next);
  }
  bench.frame();
  bench.frame();
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

}  // namespace
}  // namespace switchyard::app
