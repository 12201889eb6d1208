// The projection: every control by its label, what it asks the trainer for, and the life of a t-SNE.
#include <gmock/gmock.h>

#include <chrono>
#include <cmath>

#include "app/panels/plane/projection_cloud.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/fake_run.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using app::ColourBy;
using app::ProjectedCloud;
using app::ProjectionMethod;
using app::TsneRun;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ProjectionTest : public WorkbenchTest {
 protected:
  ProjectionTest() {
    ui_.show_welcome = false;
    ui_.arranging.workspace = app::Workspace::projection;
    draw(3);
  }
  void choose(const std::string& combo, const std::string& item) {
    click("Projection/" + combo);
    click("Projection/" + combo + "/" + item);
  }
  // The trainer looks at what is asked for, `steps` later.
  void look(std::int64_t steps = 0) {
    const std::int64_t step = live_.run().snapshot->step + steps;
    const auto model_id = live_.run().snapshot->model_id;
    live_.run().snapshot = std::make_shared<Snapshot>(fake_snapshot(config_, step, model_id, ui_.watching.sent));
    draw(2);
  }
  // Frames until the t-SNE has new positions.
  void wait_for_positions() {
    const TsneRun* run = live_.run().tsne.shown();
    ASSERT_NE(run, nullptr);
    const int before = run->iteration;
    for (int tries = 0; tries < 1000; ++tries) {
      ASSERT_TRUE(tsne_woke_.try_acquire_for(std::chrono::seconds(60))) << "no positions came";
      draw();
      run = live_.run().tsne.shown();
      if (run->iteration > before && !run->positions.empty()) return draw(2);
    }
    FAIL() << "positions do not go on";
  }
  void start_tsne() {
    choose("method", "t-SNE");
    look();
    wait_for_positions();
  }
  std::string words() { return find("Projection/t-SNE").text; }

  Config config_;
};

// --- colours

TEST_F(ProjectionTest, EveryColouringIsOfferedAndDrawn) {
  for (const auto& [item, by] : std::initializer_list<std::pair<const char*, ColourBy>>{{"by domain", ColourBy::domain},
                                                                                        {"by character", ColourBy::character},
                                                                                        {"by entropy", ColourBy::entropy},
                                                                                        {"by loss", ColourBy::loss},
                                                                                        {"by expert", ColourBy::expert}}) {
    choose("colour", item);
    EXPECT_EQ(ui_.projection.colour, by);
    EXPECT_EQ(find("Projection/colour").text, item);
  }
}

// --- what is projected

TEST_F(ProjectionTest, OnlyTheCloudThatIsShownIsAskedFor) {
  EXPECT_EQ(ui_.watching.sent, Watch{}) << "hidden states are part of every look";
  choose("of", "router logits");
  EXPECT_EQ(ui_.projection.of, ProjectedCloud::logits);
  EXPECT_TRUE(ui_.watching.sent.logit_plane);
  EXPECT_FALSE(has("Projection/plot")) << "nothing to show before the look that brings it";
  look();
  EXPECT_TRUE(has("Projection/plot"));
  choose("of", "raw inputs");
  EXPECT_FALSE(ui_.watching.sent.logit_plane);
  EXPECT_TRUE(ui_.watching.sent.embedding_plane);
  look();
  EXPECT_TRUE(has("Projection/plot"));
  ui_.arranging.workspace = app::Workspace::health;
  draw(3);
  EXPECT_FALSE(ui_.watching.sent.embedding_plane) << "a hidden view costs nothing";
}

TEST_F(ProjectionTest, WithoutLogitsThereIsNoCloudOfThem) {
  auto hash = std::make_shared<Snapshot>(*live_.run().snapshot);
  for (ProbeLayer& layer : hash->layers) layer.gate_pca.clear();
  EXPECT_THAT(std::string(app::why_no_cloud(*hash, 0, ProjectedCloud::logits)), HasSubstr("no logits"));
  EXPECT_TRUE(app::why_no_cloud(*live_.run().snapshot, 0, ProjectedCloud::logits).empty());
  live_.run().snapshot = hash;
  choose("of", "router logits");
  EXPECT_FALSE(has("Projection/plot"));
  EXPECT_FALSE(ui_.watching.sent.logit_plane);
}

// --- arrows

TEST_F(ProjectionTest, ArrowsAreSwitchedAndLightTheirExpert) {
  EXPECT_EQ(find("Projection/arrows").text, "true");
  click("Projection/arrows");
  EXPECT_FALSE(ui_.projection.arrows);
  click("Projection/arrows");
  EXPECT_TRUE(ui_.projection.arrows);
  choose("of", "raw inputs");
  EXPECT_FALSE(has("Projection/arrows")) << "a gate has no rows among raw inputs";
}

// --- t-SNE

TEST_F(ProjectionTest, ATsneAsksForOneLookAndNoMore) {
  choose("method", "t-SNE");
  EXPECT_EQ(ui_.watching.sent.input, 0);
  EXPECT_THAT(words(), HasSubstr("waiting"));
  look();
  ASSERT_NE(live_.run().tsne.shown(), nullptr);
  EXPECT_EQ(ui_.watching.sent.input, -1);
  wait_for_positions();
  EXPECT_THAT(words(), HasSubstr("KL"));
  EXPECT_TRUE(has("Projection/plot"));
  EXPECT_FALSE(has("Projection/arrows")) << "t-SNE has no directions";
}

TEST_F(ProjectionTest, ANewLookDoesNotDisturbATsneUntilAgainIsPressed) {
  start_tsne();
  const std::int64_t first = live_.run().tsne.shown()->look->step;
  look(40);
  EXPECT_EQ(live_.run().tsne.shown()->look->step, first);
  EXPECT_THAT(words(), HasSubstr("t-SNE of step 60; now 100"));
  click("Projection/Stop");
  EXPECT_EQ(live_.run().tsne.shown()->state, TsneRun::State::stopped);
  EXPECT_FALSE(live_.run().tsne.shown()->positions.empty()) << "what was reached stays";
  click("Projection/Again");
  EXPECT_EQ(ui_.watching.sent.input, 0);
  look(40);
  EXPECT_EQ(live_.run().tsne.shown()->look->step, 140);
  EXPECT_EQ(live_.run().tsne.shown()->state, TsneRun::State::running);
}

TEST_F(ProjectionTest, AnotherLayerOrCloudIsAnotherTsne) {
  start_tsne();
  choose("layer", "layer 1");
  EXPECT_EQ(live_.run().tsne.shown()->state, TsneRun::State::stopped) << "nobody wants the old one";
  EXPECT_EQ(ui_.watching.sent.input, 1);
  look();
  EXPECT_EQ(live_.run().tsne.shown()->subject.layer, 1u);
  EXPECT_EQ(live_.run().tsne.shown()->state, TsneRun::State::running);
  choose("of", "raw inputs");
  EXPECT_TRUE(ui_.watching.sent.embeddings);
  look();
  EXPECT_EQ(live_.run().tsne.shown()->subject.of, ProjectedCloud::inputs);
  wait_for_positions();
  choose("layer", "layer 0");
  EXPECT_EQ(live_.run().tsne.shown()->state, TsneRun::State::running) << "all layers share the raw inputs";
  choose("of", "router logits");
  EXPECT_TRUE(ui_.watching.sent.distributions);
  look();
  EXPECT_EQ(live_.run().tsne.shown()->subject.of, ProjectedCloud::logits);
}

TEST_F(ProjectionTest, ANewModelIsAnotherTsne) {
  start_tsne();
  live_.run().snapshot = std::make_shared<Snapshot>(fake_snapshot(config_, 5, 2));
  draw(2);
  EXPECT_EQ(ui_.watching.sent.input, 0);
  EXPECT_NE(live_.run().tsne.shown()->state, TsneRun::State::running);
}

TEST_F(ProjectionTest, ATsneNobodySeesIsInterruptedAndBeginsAnewWhenSeen) {
  start_tsne();
  ui_.arranging.workspace = app::Workspace::health;
  draw(1);
  live_.run().tsne.end_frame();  // shown() in the helpers counts as seeing
  draw(1);
  while (tsne_woke_.try_acquire()) {}
  ui_.arranging.workspace = app::Workspace::projection;
  draw(2);
  EXPECT_EQ(live_.run().tsne.shown()->state, TsneRun::State::running);
  EXPECT_EQ(live_.run().tsne.shown()->subject, (app::TsneSubject{1, 0, ProjectedCloud::hidden}));
  wait_for_positions();
}

TEST_F(ProjectionTest, ThePerplexityIsDraggedAndTyped) {
  start_tsne();
  EXPECT_EQ(find("Projection/perplexity").text, "30");
  drag_slider("Projection/perplexity", 0.5f, 0);
  draw(2);
  EXPECT_EQ(ui_.projection.perplexity, 2);
  EXPECT_EQ(live_.run().tsne.shown()->perplexity, 2);
  ctrl_click("Projection/perplexity");
  type("12");
  press_key(viz::Key::enter);
  draw(2);
  EXPECT_EQ(live_.run().tsne.shown()->perplexity, 12);
  ctrl_click("Projection/perplexity");
  type("5000");  // of 320 points at most 319 / 3
  press_key(viz::Key::enter);
  draw(2);
  EXPECT_NEAR(live_.run().tsne.shown()->perplexity, 319 / 3.0, 1e-9);
}

TEST_F(ProjectionTest, ABoxInATsneSelectsTheTokensUnderIt) {
  start_tsne();
  click("Projection/Stop");  // or they would move under the mouse
  const std::vector<float> positions = live_.run().tsne.shown()->positions;
  const auto plot = find("Projection/plot");
  const auto at = [&](float share) {
    return ImVec2(plot.min.x + share * (plot.max.x - plot.min.x), plot.min.y + share * (plot.max.y - plot.min.y));
  };
  move(at(0.5f).x, plot.min.y + 2);
  draw(2);
  button(1, true);
  draw(2);
  move(plot.max.x - 2, plot.min.y + 0.9f * (plot.max.y - plot.min.y));
  draw(2);
  button(1, false);
  draw(2);
  ASSERT_TRUE(ui_.selection.active());
  const viz::PlotState& state = ui_.plots.at("projection 0 t-SNE");
  const double middle = (state.x_min + state.x_max) / 2;
  for (std::size_t t = 0; t < ui_.selection.chosen.size(); ++t)
    if (ui_.selection.chosen[t]) { EXPECT_GE(positions[2 * t], middle - 0.02 * (state.x_max - state.x_min)); }
  EXPECT_EQ(ui_.selection.probe, live_.run().snapshot->tokens);
}

TEST_F(ProjectionTest, AKeptLookWithoutVectorsSaysSo) {
  const auto old = live_.run().snapshot;
  look(40);
  ui_.timeline.shown = old;
  draw(2);
  choose("method", "t-SNE");
  EXPECT_THAT(words(), HasSubstr("LIVE"));
  EXPECT_EQ(ui_.watching.sent.input, -1);
}

// --- as figure and data

// What the export of a panel holds, asked for as from its corner.
class ProjectionData : public ProjectionTest {
 protected:
  app::Table taken() {
    app::PanelExports exports;
    exports_ = &exports;
    exports.ask("projection", {.figure = false, .data = true});
    app::Table out;
    for (int i = 0; i < 3; ++i) {
      draw();
      for (app::PanelExport& panel : exports.end_frame())
        if (panel.table) out = std::move(*panel.table);
    }
    exports_ = &no_exports_;
    return out;
  }
};

TEST_F(ProjectionData, HoldsTheShownCoordinatesLabelsAndAmounts) {
  const app::Table pca = taken();
  ASSERT_EQ(pca.rows().size(), live_.run().snapshot->token_loss.size());
  const std::vector<std::string> wanted{
      "token", "axis 1", "axis 2", "domain", "character", "entropy, H(p) / ln N", "loss [nats]"};
  ASSERT_GE(pca.columns().size(), wanted.size());
  EXPECT_EQ(std::vector<std::string>(pca.columns().begin(), pca.columns().begin() + 7), wanted);
  const ProbeLayer& layer = live_.run().snapshot->layers[0];
  EXPECT_EQ(pca.rows()[3][1].text(), app::Cell(layer.pca[6]).text());
  EXPECT_EQ(pca.rows()[3][3].text(), "narrative");
  EXPECT_EQ(pca.rows()[4][4].text(), "space");  // "Once upon"
  EXPECT_EQ(pca.rows()[63][6].text(), "") << "the last of a sequence has no loss";

  start_tsne();
  click("Projection/Stop");
  const std::vector<float> positions = live_.run().tsne.shown()->positions;
  const app::Table tsne = taken();
  EXPECT_EQ(tsne.columns()[1], "t-SNE 1");
  EXPECT_EQ(tsne.rows()[5][2].text(), app::Cell(positions[11]).text());
}

// --- where there is little room

class SmallProjection : public WorkbenchTest {
 protected:
  SmallProjection() {
    ui_.show_welcome = false;
    draw(3);
  }
};

TEST_F(SmallProjection, WhatFindsNoRoomIsBehindThreeDots) {
  ASSERT_FALSE(has("Projection/of"));
  for (const char* item : {"of/router logits", "method/t-SNE"}) {
    click("Projection/more");
    click(std::string("Projection/") + item);
  }
  EXPECT_EQ(ui_.projection.of, ProjectedCloud::logits);
  EXPECT_EQ(ui_.projection.method, ProjectionMethod::tsne);
  ui_.projection = {};
  draw(2);
  click("Projection/more");
  click("Projection/arrows");
  EXPECT_FALSE(ui_.projection.arrows);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
