// A recording of another program's in the panels: what it has is shown, what it lacks is empty and says why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/panels/panel_table.h"
#include "app/run/words/recording_words.h"
#include "core/recordings/looks.h"
#include "core/session/viewing/recording_figures.h"
#include "tests/app/panels/panel_bench.h"
#include "tests/support/growing_routes.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

struct Has {
  bool order = true, weights = true, logits = true, losses = true, choices = true, after_dropping = false,
       hidden = false;
};

// In the place of its run a recording of 40 steps of two layers.
void fill(Bench& bench, const Has& has) {
  test::GrowingRoutes routes({});
  routes.head.order = has.order ? ChoiceOrder::gate : ChoiceOrder::id;
  routes.head.after_dropping = has.after_dropping;
  RecordedChunk chunk = routes.chunk(0, 1, 40);
  const auto n = static_cast<std::size_t>(test::GrowingRoutes::kExperts);
  for (RecordedCells& cells : chunk.cells) {
    if (has.logits)
      for (std::size_t t = 0; t < chunk.tokens(); ++t)
        for (std::size_t e = 0; e < n; ++e) cells.logits.push_back(std::sin(static_cast<float>(7 * t + 3 * e)));
    if (has.hidden) {
      cells.hidden_width = 3;
      for (std::size_t i = 0; i < 3 * chunk.tokens(); ++i)
        cells.hidden.push_back(std::sin(static_cast<float>(i * i)));
    }
    if (!has.weights) cells.weight.clear();
    if (has.choices) continue;
    cells.counts.assign(40 * n, 16);
    cells.expert.clear(), cells.weight.clear(), cells.logits.clear();
  }
  if (!has.losses) chunk.step_loss.clear();
  if (!has.choices) chunk.step.clear(), chunk.token.clear(), chunk.sequence.clear();

  bench.run = scene::empty_scene(RunState::opened);
  bench.run.status.config = nullptr;
  RecordingFigures figures(1, "routes", "a test");
  const auto keep = [&](StepRecord&& record, std::vector<RunEvent>&& events) {
    bench.run.view.history.append(record);
    for (const RunEvent& event : events) bench.run.view.history.append(event);
  };
  figures.add(chunk, routes.head, {}, keep);
  figures.finish(keep);
  bench.run.status.recorded = std::make_shared<const OtherRecording>(figures.facts());
  bench.run.status.alerts = figures.alerts();
  bench.run.status.step = 40;
  bench.run.has_snapshot = false;
  if (const auto look = look_at(chunk, 40, routes.head.order)) {
    bench.run.seen = *look;
    bench.run.has_snapshot = true;
  }
}

std::string why_not(std::string_view panel, const Has& has) {
  Bench bench(panel);
  fill(bench, has);
  bench.frame();
  bench.frame();
  EXPECT_TRUE(bench.out.empty()) << panel;
  return bench.why_not();
}

TEST(RecordingPanels, ShowWhatThereIs) {
  for (const std::string_view panel : {"loss", "expert-load", "layer-load", "routing", "health", "projection",
                                       "co-activation", "flow", "expert", "tokens", "strips", "inspector"})
    EXPECT_EQ(why_not(panel, {}), "") << panel;
  EXPECT_EQ(why_not("gradients", {}), "this recording has no gradients");
  EXPECT_EQ(why_not("generation", {}), "a recording has no model");
}

TEST(RecordingPanels, LoadsOfASampleSaySo) {
  RunStatus status;
  EXPECT_EQ(of_what(status), "") << "a run of ours";
  OtherRecording has;
  has.after_dropping = true;
  const auto said = [&](double sampled) {
    has.sampled = sampled;
    status.recorded = std::make_shared<const OtherRecording>(has);
    return of_what(status);
  };
  EXPECT_EQ(said(0.0098), "of a sample of 1 % so far");
  EXPECT_EQ(said(0.004), "of a sample of 0.4 % so far");
  EXPECT_EQ(said(1), "of what capacity left");
}

TEST(RecordingPanels, WithoutAnOrderNoFirstChoiceIsShown) {
  const Has by_number{.order = false, .weights = false, .logits = false};
  for (const std::string_view panel : {"tokens", "strips"})
    EXPECT_EQ(why_not(panel, by_number), "experts stand by number here: which came first was not recorded")
        << panel;
  for (const std::string_view panel : {"co-activation", "flow", "expert-load", "health", "inspector"})
    EXPECT_EQ(why_not(panel, by_number), "") << panel;
  EXPECT_EQ(why_not("projection", by_number), "this recording has no logits and no hidden states");
  // Weights tell it, and so do logits.
  EXPECT_EQ(why_not("strips", {.order = false, .logits = false}), "");
  EXPECT_EQ(why_not("strips", {.order = false, .weights = false}), "");
  // Who asks for first choices elsewhere gets all of them.
  Bench bench("flow");
  fill(bench, by_number);
  bench.ui.flow.first_choice = true;
  bench.frame();
  EXPECT_FALSE(bench.table().empty());
  Bench token("inspector");
  fill(token, by_number);
  const Table ranks = token.table();
  for (std::size_t row = 0; row < ranks.rows().size(); ++row)
    EXPECT_EQ(ranks.rows()[row][3].text(), "") << "no rank of a choice";
}

TEST(RecordingPanels, HiddenStatesAreACloudAsThoseOfARunAre) {
  const auto shown = [](const Has& has, ProjectedCloud asked) {
    Bench bench("projection");
    fill(bench, has);
    bench.ui.projection.of = asked;
    bench.frame();
    bench.frame();
    EXPECT_EQ(bench.why_not(), "");
    EXPECT_EQ(bench.table().rows().size(), 16u);
    return bench.ui.projection.of;
  };
  const Has both{.hidden = true}, alone{.logits = false, .hidden = true};
  EXPECT_EQ(shown(both, ProjectedCloud::hidden), ProjectedCloud::hidden);
  EXPECT_EQ(shown(both, ProjectedCloud::logits), ProjectedCloud::logits);
  EXPECT_EQ(shown(both, ProjectedCloud::inputs), ProjectedCloud::logits);
  EXPECT_EQ(shown(alone, ProjectedCloud::logits), ProjectedCloud::hidden);
  EXPECT_EQ(shown(alone, ProjectedCloud::inputs), ProjectedCloud::hidden);
  EXPECT_EQ(shown({}, ProjectedCloud::hidden), ProjectedCloud::logits);
}

TEST(RecordingPanels, LoadsAloneAreLoads) {
  const Has loads{.losses = false, .choices = false};
  for (const std::string_view panel : {"expert-load", "layer-load", "routing", "health"})
    EXPECT_EQ(why_not(panel, loads), "") << panel;
  for (const std::string_view panel :
       {"co-activation", "flow", "tokens", "strips", "inspector", "projection", "specialization"})
    EXPECT_EQ(why_not(panel, loads), "this recording has loads alone, no choices of tokens") << panel;
  EXPECT_EQ(why_not("loss", loads), "this recording has no losses");
}

TEST(RecordingPanels, WhatIsNotThereYetIsWaitedFor) {
  for (const std::string_view panel : {"loss", "expert-load", "strips", "health"}) {
    Bench bench(panel);
    bench.run = scene::empty_scene(RunState::followed);
    bench.run.status.config = nullptr;
    bench.run.status.recorded = std::make_shared<const OtherRecording>();
    bench.run.status.message = "Waiting for /tmp/routes";
    bench.frame();
    EXPECT_EQ(bench.why_not(), "Waiting for /tmp/routes") << panel;
  }
}

// Whatever is missing, no panel falls over it, wherever the mouse is.
TEST(RecordingPanels, StandUnderTheMouseWhateverIsMissing) {
  for (const PanelSpec& panel : panel_table()) {
    if (!suits(panel, false)) continue;
    for (const Has& has :
         {Has{}, Has{.order = false, .weights = false, .logits = false}, Has{.losses = false, .choices = false}}) {
      Bench bench(panel.id, {}, {700, 420});
      fill(bench, has);
      if (bench.run.has_snapshot) {
        // A token that was not recorded in one layer.
        ProbeLayer& layer = bench.run.seen.layers[0];
        layer.expert[0] = layer.expert[1] = -1;
        layer.kept[0] = layer.kept[1] = 0;
        layer.weight[0] = layer.weight[1] = 0;
      }
      bench.ui.hovered_expert = 2;
      for (float y = 30; y < 420; y += 65)
        for (float x = 15; x < 700; x += 75) {
          bench.window.move({x, y});
          bench.frame();
        }
      (void)bench.table();
    }
  }
}

TEST(RecordingPanels, WhatCapacityLeftIsNeverCalledWellSpread) {
  Bench bench("health");
  fill(bench, {.after_dropping = true});
  bench.frame();
  EXPECT_THAT(bench.window.registry.find("Router health/all clear")->text,
              HasSubstr("look more even than they were"));
  EXPECT_EQ(of_what(bench.run.status), "of what capacity left");
  fill(bench, {});
  bench.frame();
  EXPECT_THAT(bench.window.registry.find("Router health/all clear")->text,
              HasSubstr("Gradients of routers were not recorded"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
