// Tabs, dividers, menus and keys of the whole window.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "app/shell/actions/actions.h"
#include "tests/app/shell/open_checkpoint.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/fake_ranks.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using app::Workspace;
using viz::Key;

class Workspaces : public WorkbenchTest {
 protected:
  bool shows(const std::string& panel) const {
    return std::any_of(registry_.items().begin(), registry_.items().end(),
                       [&](const auto& item) { return item.first.starts_with(panel + "/"); });
  }
  void open_checkpoint() {
    ui_.checkpoint = small_checkpoint();
    draw(2);
  }
};

TEST_F(Workspaces, TabsAndKeysChooseOne) {
  EXPECT_TRUE(shows("Generation"));
  click("tab Routing");
  EXPECT_EQ(ui_.arranging.workspace, Workspace::routing);
  EXPECT_EQ(find("tab Routing").text, "chosen");
  EXPECT_FALSE(shows("Generation"));  // not drawn where it is not seen
  press_key(Key::digit_6, true);
  EXPECT_EQ(ui_.arranging.workspace, Workspace::health);
  press_key(Key::digit_1, true);
  EXPECT_EQ(ui_.arranging.workspace, Workspace::train);
  EXPECT_TRUE(shows("Generation"));
}

TEST_F(Workspaces, CausesAreAskedFromTheTenthTab) {
  press_key(Key::digit_0, true);
  EXPECT_EQ(ui_.arranging.workspace, Workspace::causes);
  EXPECT_TRUE(has("Ablation/Ablate"));
  click("Ablation/Ablate");
  EXPECT_TRUE(ui_.causes[Cause::ablate].wanted);
  EXPECT_FALSE(ui_.causes[Cause::steer].wanted);
}

// Beside the runs: its tab comes and goes with it, and what is about the runs makes way.
TEST_F(Workspaces, ThatOfACheckpointIsThereWhileOneIsOpen) {
  EXPECT_FALSE(has("tab Checkpoint"));
  open_checkpoint();
  EXPECT_TRUE(has("Timeline/strip"));
  click("tab Checkpoint");
  EXPECT_EQ(ui_.arranging.workspace, Workspace::checkpoint);
  draw(2);
  EXPECT_EQ(find("Checkpoint/experts").text, "3 a layer");
  EXPECT_EQ(find("Checkpoint/no router").text, "layers 4");
  EXPECT_FALSE(has("Timeline/strip"));
  EXPECT_TRUE(has("Play")) << "what learns goes on and can be stopped";
  click("Checkpoint/Read all");
  EXPECT_TRUE(ui_.checkpoint->read_all_wanted);
  click("Checkpoint/Close checkpoint");
  EXPECT_TRUE(ui_.checkpoint->close_wanted);
  click("tab Train");
  EXPECT_TRUE(has("Timeline/strip"));
  ui_.checkpoint.reset();
  draw(2);
  EXPECT_FALSE(has("tab Checkpoint"));
}

// However many lines its facts take: they scroll above it.
TEST_F(Workspaces, TheButtonThatClosesACheckpointIsNeverCut) {
  open_checkpoint();
  click("tab Checkpoint");
  for (int height = 460; height <= 760; height += 20) {
    SCOPED_TRACE(height);
    ImGui::GetIO().DisplaySize = {1280, static_cast<float>(height)};
    draw(3);
    const app::Registry::Item* const close = registry_.find("Checkpoint/Close checkpoint");
    const app::Registry::Item* const below = registry_.find("Singular values/title");
    ASSERT_TRUE(close && below);
    EXPECT_TRUE(close->in_view);
    EXPECT_LE(close->max.y, below->min.y - 20) << "the panel ends between them";
  }
}

TEST_F(Workspaces, MachinesShowRanksOrHowSeveralProcessesAreBegun) {
  click("tab Machines");
  EXPECT_EQ(ui_.arranging.workspace, Workspace::machines);
  EXPECT_TRUE(has("Cost of imbalance/start ranks"));
  EXPECT_FALSE(has("Time of each rank/title")) << "of one process there is nothing to show";
  EXPECT_EQ(find("Cost of imbalance/start ranks").min.x, find("Cost of imbalance/title").min.x);
  press_key(Key::digit_1, true);
  press_key(Key::digit_9, true);
  EXPECT_EQ(ui_.arranging.workspace, Workspace::machines);
  StepRecord step = *live_.run().history.last();
  ++step.step;
  step.ranks = fake_ranks(step.step, 2);
  live_.run().history.append(step);
  draw(2);
  for (const char* shown : {"Time of each rank/bars", "Waiting and speed/rank waiting", "Cost of imbalance/even",
                            "Tokens between ranks/matrix"})
    EXPECT_TRUE(has(shown)) << shown;
  EXPECT_FALSE(has("Cost of imbalance/start ranks"));
}

TEST_F(Workspaces, ALightGoesOutWithItsPanel) {
  const ImVec2 chip = find("Tokens/E03").centre();
  move(chip.x, chip.y);
  draw(2);
  EXPECT_EQ(ui_.hovered_expert, 3);
  press_key(Key::digit_6, true);
  EXPECT_NE(ui_.hover_source, app::HoverSource::tokens);
}

TEST_F(Workspaces, DraggingADividerIsRemembered) {
  const auto before = find("divider 0");
  const ImVec2 from = before.centre();
  move(from.x, from.y);
  draw(2);
  button(0, true);
  draw();
  for (int i = 1; i <= 4; ++i) {
    move(from.x + 15 * static_cast<float>(i), from.y);
    draw();
  }
  button(0, false);
  draw(2);
  EXPECT_NEAR(find("divider 0").centre().x, from.x + 60, 1);
  ASSERT_EQ(ui_.arranging.shares.count("train.1.text"), 1u);
  move(from.x - 300, from.y);
  draw(3);
  EXPECT_NEAR(find("divider 0").centre().x, from.x + 60, 1);  // let go
  click("View");
  click("Reset layout");
  draw(2);
  EXPECT_TRUE(ui_.arranging.shares.empty());
  EXPECT_EQ(find("divider 0").centre().x, from.x);
}

TEST_F(Workspaces, ADoubleClickPutsADividerBackAndLeavesTheOthers) {
  const float x = find("divider 0").centre().x;
  press_key(Key::f8);
  press_key(Key::right, false, true);
  press_key(Key::tab);
  press_key(Key::up);
  draw();
  const ImVec2 now = find("divider 0").centre();
  ASSERT_NEAR(now.x, x + 160, 1);
  const float second = find("divider 1").centre().y;
  move(now.x, now.y);
  draw(2);
  for (const bool down : {true, false, true, false}) {
    button(0, down);
    draw();
  }
  draw(2);
  EXPECT_NEAR(find("divider 0").centre().x, x, 1);
  EXPECT_NEAR(find("divider 1").centre().y, second, 1);
}

TEST_F(Workspaces, DividersMoveWithTheKeys) {
  const float x = find("divider 0").centre().x, y = find("divider 1").centre().y;
  press_key(Key::right);
  EXPECT_EQ(find("divider 0").centre().x, x);  // none is lit
  press_key(Key::f8);
  press_key(Key::right);
  EXPECT_NEAR(find("divider 0").centre().x, x + 16, 1);
  press_key(Key::tab);
  press_key(Key::up);
  press_key(Key::right);  // not its direction
  EXPECT_NEAR(find("divider 1").centre().y, y - 16, 1);
  EXPECT_NEAR(find("divider 0").centre().x, x + 16, 1);
  press_key(Key::escape);
  press_key(Key::up);
  EXPECT_NEAR(find("divider 1").centre().y, y - 16, 1);
}

TEST_F(Workspaces, KnobsAreHiddenAndShownByWorkspace) {
  EXPECT_TRUE(has("Experts"));
  press_key(Key::k, true);
  EXPECT_FALSE(has("Experts"));
  press_key(Key::digit_2, true);
  EXPECT_FALSE(has("Experts"));
  press_key(Key::k, true);
  EXPECT_TRUE(has("Experts"));
  press_key(Key::digit_1, true);
  EXPECT_FALSE(has("Experts"));
}

TEST_F(Workspaces, MenusShowTheKeysOfTheTable) {
  click("View");
  EXPECT_EQ(find("Knobs").text, "Ctrl + K");
  EXPECT_EQ(find("Health").text, "Ctrl + 6");
}

class NarrowWindow : public WorkbenchTest {
 protected:
  NarrowWindow() : WorkbenchTest(800, 600) {}
};

TEST_F(NarrowWindow, WorkspacesStandBehindOneButton) {
  EXPECT_FALSE(has("tab Routing"));
  click("workspace");
  click("workspace/Health");
  EXPECT_EQ(ui_.arranging.workspace, Workspace::health);
}

TEST(Actions, HaveNamesAndKeysOfTheirOwn) {
  std::set<std::string> ids, chords;
  for (const app::Action& action : app::actions()) {
    EXPECT_TRUE(ids.insert(action.id).second) << action.id;
    EXPECT_FALSE(action.title.empty()) << action.id;
    EXPECT_TRUE(action.run) << action.id;
    if (action.chord) {
      EXPECT_TRUE(chords.insert(app::chord_text(*action.chord)).second) << action.id;
    }
    EXPECT_EQ(app::find_action(action.id), &action);
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
