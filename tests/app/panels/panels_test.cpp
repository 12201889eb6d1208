// Every panel in a headless ImGui: what it says where it shows nothing, and that no input, however odd, moves a vertex
// out of this world.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/panels/panel_table.h"
#include "app/panels/parts/time_plots.h"
#include "core/base/rank_means.h"
#include "tests/app/panels/panel_bench.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using scene::Shape;

// What a panel shows something of; without it, it says why it shows nothing. A panel that is not named here is one
// of routed looks.
enum Needs { curves, looks, routed_steps, routed_looks, nothing, other_runs };
Needs needs_of(const PanelSpec& panel) {
  constexpr std::pair<std::string_view, Needs> kOthers[] = {{"loss", curves},
                                                            {"accuracy", curves},
                                                            {"events", curves},
                                                            {"expert-load", routed_steps},
                                                            {"layer-load", routed_steps},
                                                            {"routing", routed_steps},
                                                            {"health", routed_steps},
                                                            {"rank-times", curves},
                                                            {"rank-course", curves},
                                                            {"rank-balance", curves},
                                                            {"rank-tokens", routed_steps},
                                                            {"compared", nothing},
                                                            {"compared-loss", curves},
                                                            {"difference", curves},
                                                            {"side-by-side", routed_steps},
                                                            {"run-table", other_runs},
                                                            {"run-losses", other_runs},
                                                            {"plane", looks},
                                                            {"confusion", looks},
                                                            {"generation", nothing}};
  for (const auto& [id, needs] : kOthers)
    if (panel.id == id) return needs;
  return routed_looks;
}

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

class EveryPanel : public testing::TestWithParam<PanelSpec> {};
std::string name_of(const testing::TestParamInfo<PanelSpec>& tested) {
  std::string name(tested.param.id);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
// Those in the ground between top bar and timeline; that one, and those of a checkpoint, have tests of their own.
std::vector<PanelSpec> panels_for(std::optional<bool> points = {}) {
  std::vector<PanelSpec> found;
  for (const PanelSpec& panel : panel_table())
    if (panel.id != "timeline" && !panel.of_checkpoint && (!points || suits(panel, *points)))
      found.push_back(panel);
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
    const Needs needs = needs_of(GetParam());
    EXPECT_EQ(bench.why_not(), needs == nothing || needs == other_runs ? "" : sentence);
    EXPECT_TRUE(bench.out.empty());
    EXPECT_EQ(bench.table().empty(), needs != other_runs);
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
      EXPECT_EQ(bench.why_not(), GetParam().id == "gradients" ? "the next look brings them"
                                 : GetParam().asked           ? "nobody has asked it yet"
                                                              : "");
      if (bench.why_not().empty() && GetParam().id != "difference") {
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
      for (RankRecord& rank : next.ranks) {
        for (float RankRecord::*const figure : kRankFigures) rank.*figure = odd;
        rank.rows.assign(rank.rows.size(), odd);
      }
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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
