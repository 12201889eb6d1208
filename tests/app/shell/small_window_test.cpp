// The window where it is small: at twice the size on a small screen, or pulled together. Everything is there
// still.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "app/panels/panel_table.h"
#include "app/run/in_front.h"
#include "app/shell/actions/actions.h"
#include "app/shell/guide/tour.h"
#include "app/shell/layout/layouts.h"
#include "app/shell/layout/tabs.h"
#include "tests/app/panels/library_scene.h"
#include "tests/app/shell/comparing.h"
#include "tests/app/shell/open_checkpoint.h"
#include "tests/support/fake_ranks.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using app::Workspace;
using viz::Key;

// 1280 x 720 at twice the size.
class SmallWindow : public ComparingTest {
 protected:
  SmallWindow() : ComparingTest(640, 360) {}
  bool shows(std::string_view panel) const { return has(std::string(panel) + "/title"); }
  // As a person does: by its tab, or behind the last of them.
  bool bring(const std::string& panel) {
    if (shows(panel)) return true;
    std::vector<std::string> ways;
    for (const auto& [name, item] : registry_.items())
      if (name.starts_with("more panels ")) ways.push_back(name);
    ways.insert(ways.begin(), "");
    for (const std::string& way : ways) {
      if (!way.empty()) click(way);
      if (has("panel tab " + panel)) click("panel tab " + panel);
      draw(2);
      if (shows(panel)) return true;
    }
    return false;
  }
  bool is_inside(const std::string& name) {
    const app::Registry::Item* const item = registry_.find(name);
    return item && item->min.x >= 0 && item->min.y >= 0 && item->max.x <= 640 && item->max.y <= 360;
  }
};

TEST_F(SmallWindow, EveryPanelOfEveryWorkspaceIsReached) {
  const auto reach_all = [&](const app::LayoutShape& shape) {
    for (const app::WorkspaceSpec& workspace : app::workspaces()) {
      SCOPED_TRACE(workspace.name);
      open(workspace.id);
      draw(3);
      for (const std::string_view id : app::panels_of(app::standard_layout(workspace.id, shape)))
        EXPECT_TRUE(bring(std::string(app::find_panel(id)->title))) << id;
    }
  };
  ui_.checkpoint = small_checkpoint();
  reach_all({.ranks = false});
  StepRecord step = *live_.run().history.last();
  ++step.step;
  step.ranks = fake_ranks(step.step, 2);
  live_.run().history.append(step);
  reach_all({.ranks = true});
  Config points;
  points.task = TaskKind::clusters;
  live_.run().snapshot = std::make_shared<Snapshot>(fake_snapshot(points, 60));
  live_.status.config = std::make_shared<Config>(points);
  reach_all({.classes = points.cluster_classes});
}

// Its tab says what it is called; what it shows stands in the title's place, where the keys press it too.
TEST_F(SmallWindow, APanelBelowItsTabDoesNotRepeatIt) {
  open(Workspace::train);
  ASSERT_TRUE(bring("Expert load"));
  ASSERT_TRUE(has("panel tab Expert load"));
  EXPECT_THAT(find("Expert load/title").text, ::testing::StartsWith("utilisation"));
  EXPECT_FALSE(has("Expert load/subtitle")) << "it is not there twice";
  ImGui::GetIO().DisplaySize = {1280, 720};
  draw(3);
  ASSERT_FALSE(has("panel tab Expert load"));
  EXPECT_EQ(find("Expert load/title").text, "Expert load");
  EXPECT_GT(find("Expert load/subtitle").min.x, find("Expert load/title").max.x);
}

// What stands in front in one workspace is no choice for another that has the same panel.
TEST_F(SmallWindow, EachWorkspaceHasTabsOfItsOwn) {
  begin_beside("beside", with_k(1), "Top-k: 2 to 1");  // whose strip takes the room for both
  ImGui::GetIO().DisplaySize = {640, 290};
  open(Workspace::projection);
  draw(2);
  ASSERT_TRUE(shows("Expert load"));
  ASSERT_FALSE(shows("Tokens")) << "behind it";
  open(Workspace::train);
  ASSERT_TRUE(bring("Tokens"));
  open(Workspace::projection);
  draw(2);
  EXPECT_TRUE(shows("Expert load"));
  EXPECT_FALSE(shows("Tokens"));
  open(Workspace::train);
  draw(2);
  EXPECT_TRUE(shows("Tokens"));
}

// Who asks for a panel sees it.
TEST_F(SmallWindow, ACauseThatIsAskedComesToTheFront) {
  for (const auto& [action, panel] : {std::pair{"causes.ablation", "Ablation"},
                                      {"causes.routes", "Reference routes"},
                                      {"causes.zoo", "Router zoo"},
                                      {"causes.steering", "Steering sweep"},
                                      {"causes.prune", "Prune and merge bench"},
                                      {"causes.route-diff", "Route diff"}}) {
    const app::Action* const found = app::find_action(action);
    ASSERT_TRUE(found) << action;
    draw_frame([&](const app::PanelInput& in) { found->run({in, ui_, commands_}); });
    draw(2);
    EXPECT_TRUE(shows(panel)) << action;
  }
}

// Tabs end inside of the place they are for, the one behind which others stand too.
TEST_F(SmallWindow, TabsAreClippedToTheirPlace) {
  const std::vector<std::string_view> ids{"prune", "ablation", "steering"};
  for (const float width : {200.0f, 90.0f, 40.0f, 9.0f}) {
    SCOPED_TRACE(width);
    draw_frame([&](const app::PanelInput& in) {
      ImGui::SetNextWindowPos({0, 0});
      ImGui::SetNextWindowSize({640, 360});
      ImGui::Begin("place of tabs");
      app::draw_tabs(in, {{20, 40, 20 + width, 64}, ids, 0}, ui_);
      ImGui::End();
    });
    const app::Registry::Item front = *registry_.find("panel tab Prune and merge bench");
    const app::Registry::Item more = *registry_.find("more panels prune");
    EXPECT_LE(more.max.x, 20 + std::max(width, 5.0f));
    EXPECT_GT(more.max.x, more.min.x);
    EXPECT_GT(front.max.x, front.min.x);
    EXPECT_LE(front.max.x, more.min.x);
  }
}

TEST_F(SmallWindow, ATabBringsItsPanelAndItStays) {
  open(Workspace::compare);
  ASSERT_TRUE(bring("Difference"));
  EXPECT_EQ(find("panel tab Difference").text, "front");
  open(Workspace::train);
  open(Workspace::compare);
  draw(2);
  EXPECT_TRUE(shows("Difference"));
  click("View");
  click("Reset layout");
  draw(2);
  EXPECT_FALSE(shows("Difference")) << "as at first";
}

TEST_F(SmallWindow, RunsHaveRowsAndButtonsBesideTheFamily) {
  begin_beside("beside", with_k(1), "Top-k: 2 to 1");
  app::scene::show_made_runs(ui_.library, 12);
  ui_.show_welcome = true;
  open(Workspace::runs);
  draw(3);
  ASSERT_TRUE(has("run led")) << "the strip of the family";
  std::size_t rows = 0;
  const app::Registry::Item open_runs = find("Runs/open runs");
  for (const auto& [name, item] : registry_.items())
    if (name.starts_with("Runs/run run-") && item.max.y <= open_runs.min.y) ++rows;
  EXPECT_GE(rows, 2u);
  for (const char* button :
       {"Runs/open runs", "Runs/compare runs", "Runs/delete runs", "Runs/filter", "Runs/Columns"})
    EXPECT_TRUE(is_inside(button)) << button;
  EXPECT_LE(open_runs.max.y, find("run led").min.y) << "above the strip, not behind it";
  // What has no line of its own is in the menu.
  EXPECT_FALSE(has("Runs/Group by setup"));
  click("Runs/Columns");
  draw(2);
  for (const char* name : {"Runs/Group by setup", "Runs/column search"})
    EXPECT_LE(registry_.find(name)->max.x, 640) << name;
  click("Runs/Group by setup");
  EXPECT_TRUE(ui_.library.query.grouped);
}

TEST_F(SmallWindow, ThePaletteEndsInsideAndScrolls) {
  press_key(Key::p, true, true);
  draw(3);
  EXPECT_TRUE(is_inside("palette"));
  // The last of all is scrolled to.
  press_key(Key::up);
  draw(3);
  const app::Registry::Item list = find("palette");
  EXPECT_LE(list.max.y, 360);
  EXPECT_GT(ui_.palette.lit, 20);
  type("export");
  EXPECT_TRUE(is_inside("palette"));
}

TEST_F(SmallWindow, CausesHaveTheirButtonsWhole) {
  open(Workspace::causes);
  draw(2);
  for (const auto& [panel, name] : {std::pair{"Ablation", "Ablation/Ablate"},
                                    {"Steering sweep", "Steering sweep/Steer"},
                                    {"Router zoo", "Router zoo/Try every gate"}}) {
    ASSERT_TRUE(bring(panel));
    const app::Registry::Item* const button = registry_.find(name);
    ASSERT_TRUE(button) << name;
    EXPECT_LE(button->max.y, registry_.find("Timeline/strip")->min.y) << name << " ends above the timeline";
    EXPECT_TRUE(button->in_view) << name;
    EXPECT_GE(button->max.y - button->min.y, 20);
  }
}

// They come first: what there is to warn of is one line, whole under the mouse.
TEST_F(SmallWindow, KnobsHaveTheRoomOfWarnings) {
  Config& draft = ui_.knobs.draft;
  draft.aux_coef = draft.bias_rate = 0, draft.top_k = 1;
  draw(4);
  const app::Registry::Item warnings = find("warnings");
  EXPECT_FALSE(warnings.text.empty());
  EXPECT_LE(warnings.max.y - warnings.min.y, 16);
  std::size_t knobs = 0;
  for (const char* name : {"Experts", "Top-k", "Gate", "Noise", "Overflow"})
    if (const app::Registry::Item* const item = registry_.find(name)) knobs += item->in_view;
  EXPECT_GE(knobs, 4u);
}

// A light alone tells nobody what it is of, nor does the step of a model that is not there.
TEST_F(SmallWindow, TheBarSaysSomethingOfEveryState) {
  for (const float width : {760.0f, 640.0f})
    for (const auto& [state, word] : {std::pair{RunState::loading, "loading"},
                                      {RunState::playing, "60"},
                                      {RunState::paused, "60"},
                                      {RunState::opened, ""},
                                      {RunState::followed, ""},
                                      {RunState::stopped, "stopped"},
                                      {RunState::failed, "error"}}) {
      ImGui::GetIO().DisplaySize = {width, 360};
      live_.status.state = state;
      draw(2);
      EXPECT_FALSE(find("state").text.empty()) << word;
      EXPECT_THAT(find("state").text, ::testing::HasSubstr(word)) << width;
    }
}

// A stop that stands behind another panel is brought to the front.
TEST_F(SmallWindow, TheTourHasAllItsStops) {
  app::start_tour(ui_);
  std::vector<std::string> stops;
  for (int i = 0; i < app::kTourStops; ++i) {
    draw(3);
    stops.push_back(find("tour").text);
    click("tour/Next");
  }
  EXPECT_THAT(stops, ::testing::ElementsAre("loss", "expert-load", "tokens", "knobs", "timeline"));
}

// The tour asks for a panel once: who presses another tab then has it, and keeps it when the tour ends.
TEST_F(SmallWindow, ATabThatIsPressedUnderTheTourStays) {
  app::start_tour(ui_);
  draw(3);
  ASSERT_EQ(find("tour").text, "loss");
  ASSERT_TRUE(shows("Loss"));
  ASSERT_TRUE(bring("Tokens"));
  draw(5);
  EXPECT_TRUE(shows("Tokens"));
  EXPECT_EQ(find("tour").text, "loss") << "it waits";
  click("tour/Next");
  draw(3);
  EXPECT_TRUE(shows("Expert load"));
  press_key(Key::escape);
  draw(2);
  ASSERT_FALSE(has("tour"));
  EXPECT_TRUE(shows("Tokens")) << "what the tour asked for went with it";
}

TEST_F(SmallWindow, HealthComesToTheFrontWhereAnAlertIsShown) {
  begin_beside("beside", with_k(1), "Top-k: 2 to 1");
  open(Workspace::health);
  draw(2);
  ASSERT_TRUE(bring("Gradients"));
  ASSERT_FALSE(shows("Router health"));
  open(Workspace::train);
  HealthAlert alert;
  alert.kind = AlertKind::dead;
  alert.layer = 1;
  alert.experts = {3};
  live_.status.alerts = {alert};
  draw(2);
  click("show alerts");
  draw(2);
  EXPECT_EQ(ui_.arranging.workspace, Workspace::health);
  EXPECT_TRUE(shows("Router health"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
