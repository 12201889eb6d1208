// The window where it is small: at twice the size on a small screen, or pulled together. Everything is there
// still.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "app/panels/panel_table.h"
#include "app/shell/guide/tour.h"
#include "app/shell/layout/layouts.h"
#include "tests/app/panels/library_scene.h"
#include "tests/app/shell/comparing.h"

namespace switchyard::test {
namespace {

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
  for (const app::WorkspaceSpec& workspace : app::workspaces()) {
    if (workspace.id == Workspace::checkpoint) continue;  // none is open
    SCOPED_TRACE(workspace.name);
    open(workspace.id);
    draw(3);
    for (const std::string_view id : app::panels_of(app::standard_layout(workspace.id, {.ranks = false})))
      EXPECT_TRUE(bring(std::string(app::find_panel(id)->title))) << id;
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
    EXPECT_LE(button->max.y, registry_.find("Timeline/title") ? 360 : 320) << name;
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

// A light alone tells nobody what it is of.
TEST_F(SmallWindow, TheBarSaysSomethingOfEveryState) {
  for (const RunState state : {RunState::loading, RunState::playing, RunState::paused, RunState::opened,
                               RunState::followed, RunState::stopped, RunState::failed}) {
    live_.status.state = state;
    draw(2);
    EXPECT_FALSE(find("state").text.empty()) << static_cast<int>(state);
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

}  // namespace
}  // namespace switchyard::test
