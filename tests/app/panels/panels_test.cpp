// The data panels in a headless ImGui: what a click changes, which Command comes out, what a panel says where it
// shows nothing, and that no input, however odd, moves a vertex out of this world.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/panels/panel_table.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/point_text.h"
#include "app/panels/parts/time_plots.h"
#include "app/ui/panel_exports.h"
#include "tests/app/panels/panel_scene.h"

namespace switchyard::app {
namespace {

using scene::Headless;
using scene::Scene;
using scene::Shape;

// What a panel shows something of; without it, it says why it shows nothing. A panel that is not named here is one
// of routed looks.
enum Needs { curves, looks, routed_steps, routed_looks, nothing };
Needs needs_of(const PanelSpec& panel) {
  constexpr std::pair<std::string_view, Needs> kOthers[] = {{"loss", curves},
                                                            {"accuracy", curves},
                                                            {"events", curves},
                                                            {"expert-load", routed_steps},
                                                            {"layer-load", routed_steps},
                                                            {"routing", routed_steps},
                                                            {"health", routed_steps},
                                                            {"plane", looks},
                                                            {"confusion", looks},
                                                            {"generation", nothing}};
  for (const auto& [id, needs] : kOthers)
    if (panel.id == id) return needs;
  return routed_looks;
}

// A panel on a run, in a headless window.
struct Bench {
  explicit Bench(std::string_view panel, const Shape& shape = {}, ImVec2 size = {640, 360})
      : run(shape), window(size), id(panel) {}
  std::function<void()> body() {
    return [this] { scene::draw(id, run.input(exports, scale), ui, out); };
  }
  bool click(const std::string& name) { return window.click(name, body()); }
  bool hover(const std::string& name) { return window.hover(name, body()); }
  void frame() { window.frame(body()); }
  // The sentence in the place of what the panel shows; empty: it shows it.
  const std::string& why_not() const { return exports.facts().why_not; }
  // The table behind it, as somebody would export it now.
  Table table() {
    exports.ask("", {.data = true});
    exports.end_frame();
    frame();
    std::vector<PanelExport> done = exports.end_frame();
    return done.size() == 1 && done[0].table ? std::move(*done[0].table) : Table();
  }
  Scene run;
  Headless window;
  std::string_view id;
  UiState ui;
  Commands out;
  PanelExports exports;
  float scale = 1;
};

// Every vertex of the frame is a place, near enough to be meant.
void expect_places() {
  const ImDrawData* const data = ImGui::GetDrawData();
  for (int l = 0; l < data->CmdListsCount; ++l)
    for (const ImDrawVert& v : data->CmdLists[l]->VtxBuffer)
      if (!(std::abs(v.pos.x) < 1e8f && std::abs(v.pos.y) < 1e8f)) {
        ADD_FAILURE() << "a vertex at " << v.pos.x << ", " << v.pos.y;
        return;
      }
}

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

TEST(ProjectionPanel, ColourComboChoosesDomains) {
  Bench bench("projection");
  ASSERT_TRUE(bench.click("Projection/colour"));
  ASSERT_TRUE(bench.click("Projection/colour/by domain"));
  EXPECT_EQ(bench.ui.projection.colour, ColourBy::domain);
}

TEST(ProjectionPanel, DomainsAreNotOfferedWhereTheyAreUnknown) {
  Bench bench("projection");
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
  Bench bench("projection", {.classes = 3});
  ASSERT_TRUE(bench.click("Projection/colour"));
  ASSERT_TRUE(bench.click("Projection/colour/by correctness"));
  EXPECT_EQ(bench.ui.projection.colour, ColourBy::correct);
  ASSERT_TRUE(bench.click("Projection/colour"));
  ASSERT_TRUE(bench.click("Projection/colour/by class"));
  EXPECT_EQ(bench.ui.projection.colour, ColourBy::domain);
}

TEST(ProjectionPanel, ATextHasNothingRightOrWrong) {
  Bench bench("projection");
  bench.ui.projection.colour = ColourBy::correct;  // left over from points
  bench.frame();
  EXPECT_EQ(bench.window.registry.find("Projection/colour")->text, "by domain");
}

// The map's left half belongs to expert 0, its right half to the last one.
TEST(PlanePanel, TheGroundUnderTheMouseLightsItsExpert) {
  Bench bench("plane", {.experts = 5, .classes = 3}, {640, 400});
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
  Bench bench("plane", {.classes = 3}, {640, 400});
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
  Bench bench("confusion", {.classes = 4});
  EXPECT_TRUE(bench.hover("Confusion/matrix"));
  bench.run.has_snapshot = false;
  EXPECT_FALSE(bench.hover("Confusion/matrix"));
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

class EveryPanel : public testing::TestWithParam<PanelSpec> {};
std::string name_of(const testing::TestParamInfo<PanelSpec>& tested) {
  std::string name(tested.param.id);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
// Those in the ground between top bar and timeline; that one has tests of its own.
std::vector<PanelSpec> panels_for(std::optional<bool> points = {}) {
  std::vector<PanelSpec> found;
  for (const PanelSpec& panel : panel_table())
    if (panel.id != "timeline" && (!points || suits(panel, *points))) found.push_back(panel);
  return found;
}
INSTANTIATE_TEST_SUITE_P(Panels, EveryPanel, testing::ValuesIn(panels_for()), name_of);

class EveryPanelOfPoints : public EveryPanel {};
INSTANTIATE_TEST_SUITE_P(Panels, EveryPanelOfPoints, testing::ValuesIn(panels_for(true)), name_of);
class EveryPanelOfTexts : public EveryPanel {};
INSTANTIATE_TEST_SUITE_P(Panels, EveryPanelOfTexts, testing::ValuesIn(panels_for(false)), name_of);

TEST_P(EveryPanel, SaysWhatItWaitsForWithoutData) {
  const std::pair<RunState, std::string> states[] = {{RunState::loading, "loading the engine…"},
                                                     {RunState::playing, "first step…"},
                                                     {RunState::paused, "paused before the first step"},
                                                     {RunState::failed, "training stopped before the first step"}};
  for (const auto& [state, sentence] : states) {
    Bench bench(GetParam().id);
    bench.run = scene::empty_scene(state);
    bench.frame();
    bench.frame();
    EXPECT_EQ(bench.why_not(), needs_of(GetParam()) == nothing ? "" : sentence);
    EXPECT_TRUE(bench.out.empty());
    EXPECT_TRUE(bench.table().empty());
    expect_places();
  }
}

TEST_P(EveryPanel, SaysOfADenseModelThatNothingIsRouted) {
  for (const bool points : {false, true}) {
    if (!suits(GetParam(), points)) continue;
    Bench bench(GetParam().id, {.layers = 0, .classes = points ? std::size_t{3} : 0});
    bench.frame();
    bench.frame();
    const bool routed = needs_of(GetParam()) == routed_steps || needs_of(GetParam()) == routed_looks;
    EXPECT_EQ(bench.why_not(), routed ? "this model has no MoE layer" : "");
    EXPECT_TRUE(bench.out.empty());
    expect_places();
  }
}

TEST_P(EveryPanelOfPoints, ShowsThemInAnyShape) {
  for (const std::size_t classes : {std::size_t{2}, std::size_t{9}, std::size_t{32}})
    for (const std::size_t dims : {std::size_t{2}, std::size_t{10}}) {
      Bench bench(GetParam().id, {.layers = 2, .experts = 20, .passages = 2, .classes = classes, .dims = dims});
      bench.ui.hovered_expert = 19;
      bench.ui.projection.colour = ColourBy::correct;
      bench.frame();
      bench.window.move({200, 150});
      bench.frame();
      bench.frame();
      EXPECT_EQ(bench.why_not(), GetParam().id == "gradients" ? "the next look brings them" : "");
      if (bench.why_not().empty()) {
        EXPECT_FALSE(bench.table().empty());
      }
      expect_places();
    }
}

TEST_P(EveryPanel, ShowsTheSameAtAnySize) {
  for (const bool points : {false, true}) {
    if (!suits(GetParam(), points)) continue;
    const Shape shape{.passages = 2, .classes = points ? std::size_t{9} : 0};
    Bench whole(GetParam().id, shape);
    const std::string csv = (whole.frame(), whole.table().csv());
    for (const ImVec2 size : {ImVec2(1, 1), ImVec2(30, 30), ImVec2(60, 400), ImVec2(900, 40), ImVec2(200, 120)})
      for (const float scale : {1.0f, 2.0f}) {
        Bench bench(GetParam().id, shape, size);
        bench.scale = scale;
        bench.frame();
        bench.frame();
        EXPECT_TRUE(bench.out.empty());
        EXPECT_EQ(bench.table().csv(), csv) << size.x << " x " << size.y;
        expect_places();
      }
  }
}

TEST_P(EveryPanel, SurvivesTheOtherTasksSnapshot) {
  for (const std::size_t classes : {std::size_t{0}, std::size_t{3}}) {
    Bench bench(GetParam().id, {.classes = classes});
    bench.run.seen = scene::snapshot({.classes = 3 - classes});
    bench.frame();
    bench.window.move({200, 150});
    bench.frame();
    EXPECT_TRUE(bench.out.empty());
    expect_places();
  }
}

TEST_P(EveryPanelOfTexts, ShowsOneAndManyExperts) {
  for (const std::size_t experts : {std::size_t{1}, std::size_t{17}, std::size_t{256}}) {
    Bench bench(GetParam().id, {.experts = experts, .top_k = 1, .steps = 8, .passages = 1});
    bench.ui.hovered_expert = static_cast<int>(experts) - 1;
    bench.frame();
    bench.frame();
    EXPECT_TRUE(bench.out.empty());
    // A table tells of every expert where it has a column or a row for each.
    const Table table = bench.table();
    if (GetParam().id == "expert-load") {
      EXPECT_EQ(table.columns().size(), experts + 2);
    }
    if (GetParam().id == "specialization") {
      std::size_t cells = 0;
      for (const std::vector<Cell>& row : table.rows()) cells += !row[1].text().empty();
      EXPECT_EQ(cells % experts, 0u);
      EXPECT_GE(cells, experts);
    }
    expect_places();
  }
}

TEST_P(EveryPanel, LightsAndAsksNothingByTheMouseAlone) {
  Bench bench(GetParam().id, {.steps = 120});
  bench.ui.generated_from = "Once";
  bench.ui.generated = {{"a", {0, 1, 2, 3}}, {"\n", {7, 6, 5, 4}}, {"é", {}}};
  for (float y = 8; y < 370; y += 23) {
    for (float x = 8; x < 650; x += 41) {
      bench.window.move({x, y});
      bench.frame();
      ASSERT_GE(bench.ui.hovered_expert, -1);
      ASSERT_LT(bench.ui.hovered_expert, 8);
    }
  }
  expect_places();
  EXPECT_TRUE(bench.out.empty());
  EXPECT_EQ(bench.ui.pinned_expert, -1);
  EXPECT_FALSE(bench.ui.selection.active());
  bench.window.move({-1, -1});
  bench.frame();
  bench.frame();
  EXPECT_EQ(bench.ui.hovered_expert, -1);
}

TEST_P(EveryPanel, DrawsASnapshotOfAnotherModelThanTheHistory) {
  Bench bench(GetParam().id, {.layers = 2, .experts = 4});
  bench.run.seen = scene::snapshot({.layers = 6, .experts = 32});
  bench.ui.layer = 5;
  bench.frame();
  bench.window.move({200, 150});
  bench.frame();
  EXPECT_EQ(bench.ui.layer, 5);
  EXPECT_TRUE(bench.out.empty());
  expect_places();
  (void)bench.table();
}

TEST_P(EveryPanel, DrawsARunThatWentBackAndIsOfAnotherShape) {
  Bench bench(GetParam().id, {.layers = 4, .experts = 8});
  for (std::int64_t step = 1; step < 9; ++step) {
    StepRecord next = scene::record({.layers = 2, .experts = 16}, step);
    next.model_id = 1;
    bench.run.view.history.append(next);
  }
  bench.frame();
  bench.frame();
  EXPECT_TRUE(bench.out.empty());
  expect_places();
  if (GetParam().id == "loss") {
    EXPECT_EQ(bench.table().rows().size(), 8u);
  }
}

// Dragged beside the run, zoomed to between two steps, or out of all proportion.
TEST_P(EveryPanel, DrawsWhateverPartOfTheRunIsShown) {
  const std::pair<double, double> views[] = {{-900, -300},  {5000, 9000},   {10.2, 10.4},     {10, 10},
                                             {-1e15, 1e15}, {1e300, 2e300}, {-1e-300, 1e-300}};
  for (const bool points : {false, true}) {
    if (!suits(GetParam(), points)) continue;
    Bench bench(GetParam().id, {.steps = 700, .passages = 1, .classes = points ? std::size_t{3} : 0});
    for (const auto& [low, high] : views) {
      for (const char* id : kTimePlots) {
        viz::PlotState& plot = bench.ui.plots[id];
        plot.fit_x = false;
        plot.x_min = low;
        plot.x_max = high;
      }
      for (const float x : {-1.0f, 300.0f}) {
        bench.window.move({x, 150});
        bench.frame();
        expect_places();
      }
      EXPECT_TRUE(bench.out.empty());
    }
  }
}

TEST_P(EveryPanel, DrawsLossesAndLoadsThatAreNoNumbers) {
  for (const float odd : {NAN, INFINITY, -INFINITY, 0.0f, 1e38f}) {
    Bench bench(GetParam().id, {.steps = 0, .passages = 1});
    for (std::int64_t step = 1; step < 30; ++step) {
      StepRecord next = scene::record({}, step);
      next.loss = next.total_loss = next.val_loss = next.train_accuracy = next.grad_norm =
          static_cast<double>(odd);
      for (LayerRecord& layer : next.layers) {
        layer.counts.assign(layer.counts.size(), step % 2 == 0 ? odd : 0);
        layer.mean_prob.assign(layer.mean_prob.size(), odd);
        layer.token_entropy = layer.load_entropy = layer.max_violation = layer.assignment_drop_rate = odd;
        for (float& loss : layer.aux.values) loss = odd;
      }
      bench.run.view.history.append(next);
    }
    for (ProbeLayer& layer : bench.run.seen.layers) {
      layer.entropy.assign(layer.entropy.size(), odd);
      layer.pca.assign(layer.pca.size(), odd);
      layer.weight.assign(layer.weight.size(), odd);
    }
    bench.run.seen.token_loss.assign(bench.run.seen.token_loss.size(), odd);
    bench.ui.loss_log_y = true;
    bench.ui.projection.colour = ColourBy::loss;
    for (const float x : {-1.0f, 200.0f, 450.0f}) {
      bench.window.move({x, 150});
      bench.frame();
      expect_places();
    }
    EXPECT_TRUE(bench.out.empty());
  }
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
