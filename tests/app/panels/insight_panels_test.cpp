// The panels of health, specialization, co-activation and layer flow: their figures, and what a person does in them.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "app/panels/health/layer_health.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/fake_trainer.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using app::Workspace;
using viz::Key;

// --- figures of health

StepRecord record_of(std::int64_t step, std::vector<float> counts) {
  StepRecord record;
  record.step = step;
  record.model_id = 1;
  LayerRecord layer;
  layer.counts = std::move(counts);
  layer.mean_prob = {0.75f, 0.25f};
  layer.token_entropy = 0.5f;
  layer.load_entropy = 0.8f;
  layer.max_violation = 0.5f;
  layer.assignment_drop_rate = 0.1f;
  record.layers = {layer};
  return record;
}

std::shared_ptr<Snapshot> look(std::int64_t step, std::shared_ptr<const ProbeTokens> tokens, std::vector<std::int32_t> experts) {
  auto out = std::make_shared<Snapshot>();
  out->model_id = 1;
  out->step = step;
  out->tokens = std::move(tokens);
  ProbeLayer layer;
  layer.experts = 2;
  layer.top_k = layer.ranked = 1;
  layer.weight.assign(experts.size(), 1);
  layer.kept.assign(experts.size(), 1);
  layer.expert = std::move(experts);
  out->layers = {layer};
  return out;
}

TEST(LayerHealthOf, ComesFromRecordsAndLooks) {
  app::RunView run;
  for (int step = 1; step <= 30; ++step) run.history.append(record_of(step, {30, 10}));
  auto tokens = std::make_shared<ProbeTokens>();
  tokens->text = {"a", "b", "c", "d"};
  run.kept.add(look(10, tokens, {0, 0, 1, 1}));
  run.kept.add(look(20, tokens, {0, 1, 1, 1}));
  const auto health = app::layer_health(run, run.kept[1].snapshot.get(), 1);
  ASSERT_EQ(health.size(), 1u);
  EXPECT_DOUBLE_EQ(health[0].max_violation, 0.5);
  EXPECT_DOUBLE_EQ(health[0].most_violation, 1);  // N / k - 1
  EXPECT_NEAR(health[0].dropped, 0.1, 1e-7);
  // f = 3/4, 1/4: exp(H) = exp(0.5623) = 1.755
  EXPECT_NEAR(health[0].effective, 1.7548, 1e-3);
  // H(P) - mean H(p_t) = 0.5623 - 0.5 ln 2 = 0.2157
  EXPECT_NEAR(health[0].decisiveness, 0.5623351 - 0.5 * std::log(2), 1e-6);
  // One of four tokens moved; loads 1/2, 1/2 before and 1/4, 3/4 now meet in 1/8 + 3/8 of the tokens by chance.
  EXPECT_DOUBLE_EQ(health[0].churn, 0.25);
  EXPECT_DOUBLE_EQ(health[0].churn_chance, 0.5);
  EXPECT_EQ(health[0].churn_steps, 10);
}

TEST(LayerHealthOf, WhatIsNotThereIsMissing) {
  EXPECT_TRUE(app::layer_health(app::RunView(), nullptr, 1).empty());
  app::RunView run;
  run.history.append(record_of(1, {3, 1}));
  const auto health = app::layer_health(run, nullptr, 0);
  EXPECT_TRUE(std::isnan(health[0].effective));  // too few assignments to say
  EXPECT_TRUE(std::isnan(health[0].churn));
  EXPECT_TRUE(std::isnan(health[0].most_violation));
}

// --- panels

class InsightPanels : public WorkbenchTest {
 protected:
  ImVec2 within(const std::string& name, float x, float y) {
    const auto item = find(name);
    return {item.min.x + x, item.min.y + y};
  }
};

TEST_F(InsightPanels, ARemedyIsOneEditThatCanBeUndone) {
  HealthAlert alert;
  alert.kind = AlertKind::starving;
  alert.layer = 1;
  alert.experts = {5};
  alert.began = 40;
  alert.message = "expert 5 is down to 3 % of a fair share";
  alert.advice = "A stronger balance loss helps.";
  alert.remedy = {{"aux_coef", "0.05"}, {"bias_rate", "0.001"}};
  live_.status.alerts = {alert};
  open(Workspace::health);
  EXPECT_THAT(find("Router health/alert 0").text, testing::HasSubstr("E05"));
  const Config before = ui_.knobs.draft;
  click("Router health/remedy 0");
  EXPECT_DOUBLE_EQ(last_config().aux_coef, 0.05);
  EXPECT_DOUBLE_EQ(last_config().bias_rate, 0.001);
  press_key(Key::z, true);
  EXPECT_EQ(last_config(), before);
  click("Router health/show 0");
  EXPECT_EQ(ui_.layer, 1);
  EXPECT_EQ(ui_.pinned_expert, 5);
}

// The tab, the title and the cards count the same; where one looks back the tab still tells of now.
TEST_F(InsightPanels, AlertsAreCountedTheSameWhereverTheyAre) {
  HealthAlert alert;
  alert.kind = AlertKind::collapsed;
  for (std::int32_t layer = 0; layer < 3; ++layer) {
    alert.layer = layer;
    live_.status.alerts.push_back(alert);
  }
  alert.kind = AlertKind::frozen_router;
  live_.status.alerts.push_back(alert);
  RunEvent event;
  event.kind = EventKind::health;
  event.step = 10;
  event.model_id = 1;
  event.health = alert;
  live_.run().history.append(event);
  live_.run().kept.add(std::make_shared<Snapshot>(fake_snapshot(*live_.status.config, 20)));
  live_.run().kept.add(live_.run().snapshot);
  open(Workspace::health);
  const auto cards = [&] {
    return std::count_if(registry_.items().begin(), registry_.items().end(),
                         [](const auto& item) { return item.first.starts_with("Router health/alert "); });
  };
  EXPECT_EQ(cards(), 2);
  EXPECT_EQ(find("alert count").text, "2");
  EXPECT_THAT(find("Router health/subtitle").text, testing::HasSubstr("2 alerts"));
  app::show_at(ui_.timeline, live_.run().kept, 20, false);
  draw(2);
  EXPECT_EQ(cards(), 1) << "then one went on";
  EXPECT_EQ(find("alert count").text, "2") << "which is what goes on now";
  EXPECT_THAT(find("Router health/subtitle").text, testing::HasSubstr("1 alert,"));
}

// What goes wrong is seen from every workspace: a count on the tab, one toast with the way there and the remedy.
TEST_F(InsightPanels, AlertsAreToldOutsideOfHealth) {
  open(Workspace::train);
  EXPECT_FALSE(has("alert count"));
  HealthAlert alert;
  alert.kind = AlertKind::collapsed;
  alert.message = "nearly all go to one expert";
  alert.remedy = {{"aux_coef", "0.05"}};
  for (std::int32_t layer = 0; layer < 3; ++layer) {
    alert.layer = layer;
    live_.status.alerts.push_back(alert);
  }
  draw(2);
  EXPECT_EQ(find("alert count").text, "1") << "the same in three layers is one";
  EXPECT_EQ(find("toast 0").text, "Layers 0, 1 and 2: collapsed");
  ASSERT_EQ(ui_.toasts.size(), 1u);
  EXPECT_LE(ui_.toasts[0].until_s, now_s_ + 12) << "it lies over panels: the count on the tab stays";
  draw(3);
  EXPECT_EQ(ui_.toasts.size(), 1u);
  click("remedy toast");
  EXPECT_DOUBLE_EQ(last_config().aux_coef, 0.05);
  EXPECT_FALSE(has("show alerts")) << "it was answered";

  live_.status.alerts.clear();
  draw(2);
  EXPECT_FALSE(has("alert count"));
  alert.kind = AlertKind::dead;
  alert.layer = 1;
  alert.experts = {3};
  live_.status.alerts = {alert};
  draw(2);
  click("show alerts");
  EXPECT_EQ(ui_.arranging.workspace, Workspace::health);
  EXPECT_EQ(ui_.layer, 1);
  EXPECT_EQ(ui_.pinned_expert, 3);
  EXPECT_THAT(find("Router health/alert 0").text, testing::HasSubstr("E03 dead"));
  // Told once, and gone with what it told of.
  draw(3);
  EXPECT_FALSE(has("show alerts"));
}

// Two kinds at once are one toast; it offers the remedy of what it tells of, and none while a record is looked at.
TEST_F(InsightPanels, AToastOffersTheRemedyOfItsOwnAlert) {
  open(Workspace::train);
  HealthAlert dead, frozen;
  dead.kind = AlertKind::dead;
  dead.layer = 0;
  dead.experts = {2};
  dead.remedy = {{"aux_coef", "0.03"}};
  frozen.kind = AlertKind::frozen_router;
  frozen.layer = 1;
  frozen.remedy = {{"learning_rate", "0.002"}};
  live_.status.alerts = {dead, frozen};
  draw(2);
  EXPECT_EQ(find("toast 0").text, "Layer 0: E02 dead; Layer 1: frozen router");
  EXPECT_TRUE(has("show alerts"));
  click("dismiss");
  live_.status.alerts = {dead};
  draw(2);
  live_.status.alerts = {dead, frozen};
  draw(2);
  EXPECT_EQ(find("toast 0").text, "Layer 1: frozen router");
  ui_.arranging.filled = "loss";
  click("show alerts");
  EXPECT_EQ(ui_.arranging.workspace, Workspace::health);
  EXPECT_TRUE(has("Router health/title")) << "nothing fills the window any more";
  open(Workspace::train);
  live_.status.alerts = {dead};
  draw(2);
  live_.status.alerts = {dead, frozen};
  draw(2);
  live_.run().status = live_.status;
  click("remedy toast");
  EXPECT_DOUBLE_EQ(last_config().learning_rate, 0.002);
  EXPECT_NE(last_config().aux_coef, 0.03);
  live_.status.alerts = {};
  draw(2);
  live_.status.alerts = {frozen};
  draw(2);
  ASSERT_TRUE(has("remedy toast"));
  live_.status.state = RunState::opened;
  draw(2);
  EXPECT_FALSE(has("remedy toast")) << "of a run that does not learn";
}

TEST_F(InsightPanels, HealthHasARowForEveryLayer) {
  open(Workspace::health);
  const std::size_t layers = live_.run().history.layers();
  for (std::size_t l = 0; l < layers; ++l) EXPECT_TRUE(has("Router health/layer " + std::to_string(l)));
  ASSERT_GT(layers, 1u);
  click("Router health/layer 1");
  EXPECT_EQ(ui_.layer, 1);
  click("Load of all layers/layer 0");
  EXPECT_EQ(ui_.layer, 0);
}

TEST_F(InsightPanels, ARowOfLoadLightsItsExpert) {
  open(Workspace::health);
  const auto strip = find("Load of all layers/load of layer 0");
  move((strip.min.x + strip.max.x) / 2, strip.min.y + 2);
  draw(3);
  EXPECT_EQ(ui_.hovered_expert, 0);
  EXPECT_TRUE(ui_.hover.active);
}

TEST_F(InsightPanels, SpecializationIsByDomainOrCharacterAsShareOrLift) {
  open(Workspace::specialization);
  EXPECT_EQ(find("Specialization/agreement over time").text, "0");  // nothing is kept yet
  live_.run().kept.add(live_.run().snapshot);
  draw(2);
  EXPECT_EQ(find("Specialization/agreement over time").text, "1");
  click("Specialization/labels");
  click("Specialization/labels/by character");
  EXPECT_EQ(ui_.labels, LabelKind::character);
  click("Specialization/figure");
  click("Specialization/figure/lift");
  EXPECT_EQ(ui_.specialization, app::SpecializationFigure::lift);
}

TEST_F(InsightPanels, TheNameOfALabelSelectsItsTokens) {
  open(Workspace::specialization);
  press(within("Specialization/matrix", 8, 40));
  ASSERT_TRUE(ui_.selection.active());
  EXPECT_THAT(live_.run().snapshot->tokens->domain_names, testing::Contains(ui_.selection.of));
}

TEST_F(InsightPanels, CoActivationLightsAndPinsExperts) {
  open(Workspace::routing);
  const auto pairs = find("Co-activation/matrix");
  const ImVec2 middle = pairs.centre();
  move(middle.x, middle.y - 10);
  draw(3);
  EXPECT_GE(ui_.hovered_expert, 0);
  press({middle.x, middle.y - 10});
  EXPECT_GE(ui_.pinned_expert, 0);
  click("Co-activation/figure");
  click("Co-activation/figure/lift");
  EXPECT_TRUE(ui_.co_activation_lift);
}

TEST_F(InsightPanels, TheFlowFollowsTheExpertUnderTheMouse) {
  open(Workspace::routing);
  const auto flow = find("Layer flow/flow");
  // The first column's bar is at the left; somewhere down it there is a node.
  bool found = false;
  for (float x = 2; x < 80 && !found; x += 3) {
    move(flow.min.x + x, flow.centre().y);
    draw(2);
    found = ui_.flow.layer == 0;
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(ui_.hovered_expert, ui_.flow.expert);
  click("Layer flow/choice");
  click("Layer flow/choice/first choice");
  EXPECT_TRUE(ui_.flow.first_choice);
}

TEST_F(InsightPanels, AClickLooksIntoATokenAndAsksForItsRegret) {
  open(Workspace::tokens);
  const app::Registry::Item strips = *registry_.find("Layers of a passage/strips");  // where it begins, not its middle
  press({strips.min.x + 30, strips.min.y + 19 + 8});  // below the name of the passage
  ASSERT_EQ(ui_.inspecting.token, 0);
  ASSERT_EQ(sent<Inspect>().size(), 1u);
  EXPECT_EQ(sent<Inspect>()[0].layer, Inspect::no_layer);
  EXPECT_TRUE(has("Token/layer 0"));
  click("Token/regret");
  ASSERT_EQ(sent<Inspect>().size(), 2u);
  EXPECT_EQ(sent<Inspect>()[1].layer, 0);
  EXPECT_EQ(sent<Inspect>()[1].token, 0);

  auto found = std::make_shared<Inspection>();
  found->id = ui_.inspecting.id;
  found->model_id = live_.run().snapshot->model_id;
  found->step = 58;
  found->layer = 0;
  found->loss = 1.5f;
  found->own = {0, 1};
  found->planned = 27;
  found->possible = 27;
  found->sets = {{{2, 3}, -0.25f}, {{2, 4}, 0.5f}};
  live_.run().inspection = found;
  draw(2);
  EXPECT_THAT(find("Token/regret progress").text, testing::HasSubstr("2 of 27"));
  EXPECT_THAT(find("Token/regret figure").text, testing::HasSubstr("regret 0.250"));
  EXPECT_THAT(find("Token/regret figure").text, testing::HasSubstr("at step 58"));
  click("Token/stop");
  EXPECT_EQ(sent<Inspect>().back().layer, Inspect::no_layer);
}

TEST_F(InsightPanels, OneExpertATokenHasNoPairs) {
  Config config;
  config.top_k = 1;
  live_.run().snapshot = std::make_shared<Snapshot>(fake_snapshot(config, 60));
  open(Workspace::routing);
  EXPECT_FALSE(has("Co-activation/matrix"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
