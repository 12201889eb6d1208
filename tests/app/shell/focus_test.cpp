// Tab goes through the window: which controls, in which order, and what the keys do to the one it stands on.
#include <gmock/gmock.h>

#include <algorithm>

#include "app/shell/dialogs/name_prompt.h"
#include "tests/app/shell/workbench_fixture.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Not;
using viz::Key;

class TabKey : public WorkbenchTest {
 protected:
  TabKey() {
    ui_.show_welcome = false;
    ui_.knob_choice.all = true;
    live_.run().kept_steps = {{22, "", "at intervals", 1.5, "/runs/a/22", 1 << 20}};
    draw(3);
  }
  void tab(bool back = false) {
    press_key(Key::tab, false, back);
    draw(3);  // what was scrolled away comes into sight
  }
  // The name of the control that has the ring; empty: none has.
  std::string focused() const {
    const viz::Rect* const ring = ui_.focus.ring();
    if (!ring) return {};
    for (const auto& [name, item] : registry_.items())
      if (item.min.x == ring->x0 && item.min.y == ring->y0 && item.max.x == ring->x1 && item.max.y == ring->y1 &&
          !name.empty() && name.back() != '/')
        return name;
    return "?";
  }
  // Tabs until the control of this name has the ring; fails where it never has.
  void tab_to(const std::string& name) {
    for (std::size_t i = 0; i <= ui_.focus.size() + 1 && focused() != name; ++i) tab();
    ASSERT_EQ(focused(), name);
  }
  std::vector<std::string> all_around() {
    std::vector<std::string> names;
    tab();
    for (std::size_t i = 0; i < ui_.focus.size(); ++i, tab()) names.push_back(focused());
    return names;
  }
};

TEST_F(TabKey, NothingHasTheRingBeforeIt) {
  EXPECT_EQ(ui_.focus.ring(), nullptr);
  press_key(Key::right);
  press_key(Key::enter);
  press_key(Key::space);
  EXPECT_EQ(ui_.focus.ring(), nullptr);
  EXPECT_EQ(sent<Pause>().size(), 1u) << "Space is play and pause";
}

TEST_F(TabKey, GoesThroughAllOfTheTrainWorkspaceInReadingOrder) {
  const std::vector<std::string> names = all_around();
  EXPECT_GT(names.size(), 80u);
  EXPECT_EQ(focused(), names.front()) << "and back to the first";
  std::vector<std::string> distinct = names;
  std::sort(distinct.begin(), distinct.end());
  EXPECT_TRUE(std::adjacent_find(distinct.begin(), distinct.end()) == distinct.end());
  EXPECT_THAT(names, Not(Contains("?"))) << "each has a name";
  // Top bar, knobs, panels, timeline; in a panel its title, what is beside that, and its own.
  std::size_t from = 0;
  for (const char* name : {"File",
                           "Help",
                           "Play",
                           "Step",
                           "Reset",
                           "tab Train",
                           "tab Health",
                           "knobs",
                           "search knobs",
                           "Routing",
                           "Experts/value",
                           "Experts",
                           "Top-k/value",
                           "Top-k",
                           "Loss/title",
                           "Tokens/title",
                           "Generation/title",
                           "Generation/prompt",
                           "Expert load/title",
                           "Timeline/strip",
                           "Timeline/previous snapshot",
                           "Timeline/LIVE"}) {
    const auto at = std::find(names.begin() + static_cast<std::ptrdiff_t>(from), names.end(), name);
    ASSERT_NE(at, names.end()) << name << " is not behind " << (from > 0 ? names[from - 1] : "the first");
    from = static_cast<std::size_t>(at - names.begin()) + 1;
  }
  tab(true);
  EXPECT_EQ(focused(), names.back());
}

TEST_F(TabKey, ReachesEveryControlOfEveryWorkspaceInSight) {
  for (const app::WorkspaceSpec& spec : app::workspaces()) {
    press_key(Key::escape);
    open(spec.id);
    const std::size_t controls = ui_.focus.size();
    EXPECT_GT(controls, 20u) << spec.title;
    for (std::size_t i = 0; i < controls; ++i) {
      tab();
      const viz::Rect* const ring = ui_.focus.ring();
      ASSERT_NE(ring, nullptr) << spec.title << " " << i;
      const ImVec2 screen = ImGui::GetIO().DisplaySize;
      EXPECT_TRUE(ring->x0 >= 0 && ring->y0 >= 0 && ring->x1 <= screen.x && ring->y1 <= screen.y)
          << spec.title << " " << focused();
    }
  }
}

TEST_F(TabKey, EnterDoesWhatAClickDoes) {
  tab_to("Step");
  press_key(Key::enter);
  ASSERT_EQ(sent<StepSome>().size(), 1u);
  EXPECT_EQ(focused(), "Step");
  tab_to("tab Routing");
  press_key(Key::enter);
  EXPECT_EQ(ui_.arranging.workspace, app::Workspace::routing);
  EXPECT_EQ(focused(), "tab Routing");
}

TEST_F(TabKey, SpacePressesWhatItStandsOnAndDoesNotPlay) {
  tab_to("Shared router");
  const bool before = ui_.knobs.draft.shared_router;
  press_key(Key::space);
  EXPECT_NE(ui_.knobs.draft.shared_router, before);
  EXPECT_TRUE(sent<Pause>().empty());
  EXPECT_TRUE(sent<Play>().empty());
  press_key(Key::escape);
  EXPECT_EQ(ui_.focus.ring(), nullptr);
  press_key(Key::space);
  EXPECT_EQ(sent<Pause>().size(), 1u) << "until Escape";
}

TEST_F(TabKey, OtherLettersStayShortcuts) {
  tab_to("Step");
  press_key(Key::r);
  EXPECT_EQ(sent<ResetModel>().size(), 1u);
}

TEST_F(TabKey, ArrowsTurnASliderAndOneStretchOfThemIsOneEdit) {
  tab_to("Top-k");
  const std::int64_t before = ui_.knobs.draft.top_k;
  const std::size_t edits = ui_.knobs.undo.size();
  press_key(Key::right);
  press_key(Key::right);
  EXPECT_EQ(ui_.knobs.draft.top_k, before + 2);
  EXPECT_EQ(last_config().top_k, before + 2) << "a live knob acts at once";
  press_key(Key::left);
  draw(40);
  EXPECT_EQ(ui_.knobs.draft.top_k, before + 1);
  EXPECT_EQ(ui_.knobs.undo.size(), edits + 1);
  press_key(Key::enter);
  draw(2);
  EXPECT_TRUE(ImGui::GetIO().WantTextInput) << "Enter types it";
  type("4");
  press_key(Key::enter);
  EXPECT_EQ(last_config().top_k, 4);
  EXPECT_EQ(focused(), "Top-k");
}

TEST_F(TabKey, AKnobThatRebuildsDoesOnceTheArrowsRest) {
  tab_to("Width");
  press_key(Key::right);
  press_key(Key::right);
  EXPECT_TRUE(sent<SetConfig>().empty());
  draw(40);
  EXPECT_EQ(sent<SetConfig>().size(), 1u);
  EXPECT_FALSE(ui_.knobs.dragging);
}

// The arrows' edit ends where the mouse begins another, also of a knob that is drawn before it.
TEST_F(TabKey, AMouseDragBehindTheArrowsIsAnEditOfItsOwn) {
  tab_to("Top-k");
  press_key(Key::right);
  ASSERT_TRUE(ui_.knobs.dragging);
  const std::int64_t experts = ui_.knobs.draft.experts;
  const std::size_t edits = ui_.knobs.undo.size();
  const app::Registry::Item slider = find("Experts");
  move(slider.min.x + 2, slider.centre().y);
  draw(1);
  button(0, true);
  draw(1);
  move(slider.min.x + 0.7f * (slider.max.x - slider.min.x), slider.centre().y);
  draw(1);
  button(0, false);
  draw(2);
  EXPECT_NE(ui_.knobs.draft.experts, experts);
  EXPECT_FALSE(ui_.knobs.dragging);
  EXPECT_EQ(ui_.knobs.undo.size(), edits + 2);
}

TEST_F(TabKey, AnEditWhoseKnobGoesAwayEnds) {
  tab_to("Width");
  press_key(Key::right);
  ASSERT_TRUE(ui_.knobs.dragging);
  press_key(Key::k, true);
  draw(40);
  EXPECT_FALSE(ui_.knobs.dragging);
}

TEST_F(TabKey, ArrowsChangeAChoiceAndEnterOpensIt) {
  tab_to("Gate");
  const KnobValue before = find_knob("gate")->get(ui_.knobs.draft);
  press_key(Key::right);
  EXPECT_NE(find_knob("gate")->get(ui_.knobs.draft), before);
  press_key(Key::left);
  EXPECT_EQ(find_knob("gate")->get(ui_.knobs.draft), before);
  press_key(Key::enter);
  ASSERT_TRUE(has("Gate/sigmoid"));
  press_key(Key::down);
  press_key(Key::down);
  press_key(Key::enter);
  draw(2);
  EXPECT_FALSE(has("Gate/sigmoid"));
  EXPECT_NE(find_knob("gate")->get(ui_.knobs.draft), before) << "the arrows go through what is open";
  EXPECT_EQ(focused(), "Gate");
  EXPECT_TRUE(sent<Pause>().empty());
}

TEST_F(TabKey, AMenuIsOpenedAndLeftWithTheKeys) {
  tab_to("View");
  press_key(Key::enter);
  ASSERT_TRUE(has("Log"));
  press_key(Key::tab);
  EXPECT_EQ(focused(), "View") << "it stays within the menu";
  press_key(Key::escape);
  draw(2);
  EXPECT_FALSE(has("Log"));
  EXPECT_EQ(focused(), "View") << "the menu alone is left";
}

TEST_F(TabKey, AFieldTakesTheKeyboardAndTabLeavesIt) {
  tab_to("search knobs");
  draw(2);
  ASSERT_TRUE(ImGui::GetIO().WantTextInput);
  type("width");
  EXPECT_EQ(ui_.knob_choice.search, "width");
  press_key(Key::space);
  EXPECT_TRUE(sent<Pause>().empty());
  tab();
  EXPECT_FALSE(ImGui::GetIO().WantTextInput);
  EXPECT_EQ(ui_.knob_choice.search, "width");
  EXPECT_NE(focused(), "search knobs");
  tab(true);
  EXPECT_EQ(focused(), "search knobs");
}

TEST_F(TabKey, WhatWasTypedIntoAKnobStandsWhereTabLeavesIt) {
  tab_to("Experts/value");
  press_key(Key::enter);
  draw(2);
  type("16");
  tab();
  EXPECT_EQ(last_config().experts, 16);
  EXPECT_EQ(focused(), "Experts");
}

TEST_F(TabKey, AClickTakesTheRingAwayAndTabGoesOnFromThere) {
  tab_to("Step");
  click("tab Routing");
  EXPECT_EQ(ui_.focus.ring(), nullptr);
  press_key(Key::space);
  EXPECT_EQ(sent<Pause>().size(), 1u);
  tab();
  EXPECT_EQ(focused(), "tab Specialization");
}

TEST_F(TabKey, StaysWithinADialog) {
  app::ask_to_save_setup(ui_);
  draw(3);
  for (int i = 0; i < 5; ++i) {
    tab();
    EXPECT_THAT(focused(), ::testing::AnyOf("?", "Save")) << "the field, whose name is not shown, and its button";
  }
  press_key(Key::escape);
  draw(2);
  tab();
  EXPECT_EQ(focused(), "File");
}

TEST_F(TabKey, StaysOnThePageThatIsRead) {
  press_key(Key::f1);
  draw(2);
  for (int i = 0; i < 3; ++i) {
    tab();
    EXPECT_EQ(focused(), "close page");
  }
  press_key(Key::enter);
  EXPECT_FALSE(ui_.show_help);
}

TEST_F(TabKey, GoesOnThroughTheTour) {
  ui_.reading.tour = 0;
  draw(3);
  tab();
  EXPECT_EQ(focused(), "tour/Next");
  press_key(Key::enter);
  EXPECT_EQ(ui_.reading.tour, 1);
  tab();
  EXPECT_EQ(focused(), "tour/Skip");
  press_key(Key::space);
  EXPECT_EQ(ui_.reading.tour, -1);
}

TEST_F(TabKey, ATitleFillsTheWindowAndF1ExplainsWhatTheRingIsIn) {
  tab_to("Tokens/title");
  press_key(Key::f1);
  EXPECT_EQ(ui_.reading.panel, "tokens");
  press_key(Key::escape);
  tab_to("Tokens/title");
  press_key(Key::enter);
  EXPECT_EQ(ui_.arranging.filled, "tokens");
}

TEST_F(TabKey, F8StandsOnTheFirstDividerAndEscapeLeaves) {
  press_key(Key::f8);
  draw();
  EXPECT_EQ(focused(), "divider 0");
  tab();
  EXPECT_EQ(focused(), "divider 1");
  press_key(Key::escape);
  EXPECT_EQ(ui_.focus.ring(), nullptr);
}

TEST_F(TabKey, ADividerMovesGoesToItsEndsAndBack) {
  const float x = find("divider 0").centre().x;
  tab_to("divider 0");
  press_key(Key::right);
  draw();
  EXPECT_NEAR(find("divider 0").centre().x, x + 16, 1);
  press_key(Key::left, false, true);
  draw();
  EXPECT_NEAR(find("divider 0").centre().x, x - 144, 1);
  press_key(Key::enter);
  draw();
  EXPECT_NEAR(find("divider 0").centre().x, x, 1) << "where it was at first";
  press_key(Key::end);
  draw();
  const float right = find("divider 0").centre().x;
  EXPECT_GT(right, x + 100);
  press_key(Key::right);
  draw();
  EXPECT_NEAR(find("divider 0").centre().x, right, 1) << "it was as far as it goes";
  press_key(Key::home);
  draw();
  EXPECT_LT(find("divider 0").centre().x, x - 100);
  EXPECT_EQ(focused(), "divider 0");
}

// Of a record the knobs change nothing, and Tab passes them by.
TEST_F(TabKey, PassesByWhatDoesNothing) {
  live_.status.state = RunState::opened;
  draw(3);
  EXPECT_THAT(all_around(), AllOf(Not(Contains("Top-k")), Not(Contains("Step")), Contains("Play")));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
