// Play, pause, step, reset: by buttons, keys and menus.
#include <gmock/gmock.h>

#include "tests/app/shell/workbench_fixture.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using viz::Key;

class Transport : public WorkbenchTest {};

TEST_F(Transport, ButtonsSendTheirCommands) {
  click("Play");
  EXPECT_EQ(sent<Pause>().size(), 1u);
  live_.status.state = RunState::paused;
  click("Play");
  EXPECT_EQ(sent<Play>().size(), 1u);
  click("Step");
  ASSERT_EQ(sent<StepSome>().size(), 1u);
  EXPECT_EQ(sent<StepSome>()[0].steps, 1);
  click("Reset");
  EXPECT_EQ(sent<ResetModel>().size(), 1u);
}

TEST_F(Transport, KeysDoTheSame) {
  press_key(Key::space);
  EXPECT_EQ(sent<Pause>().size(), 1u);
  press_key(Key::period);
  press_key(Key::period, false, true);
  const auto steps = sent<StepSome>();
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].steps, 1);
  EXPECT_EQ(steps[1].steps, 10);
  press_key(Key::r);
  EXPECT_EQ(sent<ResetModel>().size(), 1u);
  press_key(Key::f12);
  EXPECT_TRUE(ui_.wants_screenshot);
  press_key(Key::f1);
  EXPECT_TRUE(ui_.show_help);
  press_key(Key::escape);
  EXPECT_FALSE(ui_.show_help);
  press_key(Key::q, true);
  EXPECT_TRUE(ui_.wants_quit);
}

TEST_F(Transport, WhatIsNotSeenIsNotWorkedOut) {
  draw(2);
  EXPECT_TRUE(sent<Watch>().empty()) << "nothing of this workspace is dear";
  ui_.arranging.workspace = app::Workspace::health;
  draw(3);
  ASSERT_EQ(sent<Watch>().size(), 1u) << "once";
  EXPECT_TRUE(sent<Watch>()[0].gradients);
  ui_.arranging.workspace = app::Workspace::train;
  draw(3);
  ASSERT_EQ(sent<Watch>().size(), 2u);
  EXPECT_EQ(sent<Watch>()[1], Watch{});
}

TEST_F(Transport, SingleKeysAreOffWhileTyping) {
  ctrl_click("Experts");
  ASSERT_TRUE(ImGui::GetIO().WantTextInput);
  press_key(Key::r);
  press_key(Key::space);
  press_key(Key::period);
  EXPECT_TRUE(commands_.empty());
  press_key(Key::escape);
  draw(2);
  press_key(Key::space);
  EXPECT_EQ(sent<Pause>().size(), 1u);
}

TEST_F(Transport, SpaceDoesNotPressTheFocusedButton) {
  click("Reset");
  const std::size_t before = commands_.size();
  press_key(Key::space);
  EXPECT_EQ(commands_.size(), before + 1);
  EXPECT_EQ(sent<Pause>().size(), 1u);
  EXPECT_EQ(sent<ResetModel>().size(), 1u);
}

TEST_F(Transport, NothingRunsWhileLoading) {
  live_.status.state = RunState::loading;
  draw(2);
  click("Play");
  click("Step");
  press_key(Key::space);
  press_key(Key::r);
  EXPECT_TRUE(commands_.empty());
}

TEST_F(Transport, AFailedRunCanBePlayedAgain) {
  live_.status.state = RunState::failed;
  live_.status.message = "the loss is not finite";
  draw(2);
  press_key(Key::space);
  EXPECT_EQ(sent<Play>().size(), 1u);
}

TEST_F(Transport, MenusChangeThemeScaleAndLog) {
  click("View");
  click("Light");
  EXPECT_TRUE(ui_.light_theme);
  click("View");
  click("150 %");
  EXPECT_EQ(ui_.scale, 1.5f);
  click("View");
  click("Log");
  EXPECT_TRUE(ui_.show_log);
}

TEST_F(Transport, EveryPanelIsOnTheScreen) {
  for (const char* name : {"Loss", "Tokens", "Generation", "Expert load", "Routing"}) {
    const bool found = std::any_of(registry_.items().begin(), registry_.items().end(), [&](const auto& item) {
      return item.first.starts_with(std::string(name) + "/");
    });
    EXPECT_TRUE(found) << name;
  }
}

TEST_F(Transport, TheEditMenuSaysWhatUndoWillDo) {
  click("Reset");
  click("Edit");
  EXPECT_EQ(find("Undo").text, "Undo Reset (its model comes back)");
  click("Undo");
  ASSERT_EQ(sent<BringBack>().size(), 1u);
  click("Edit");
  EXPECT_EQ(find("Redo").text, "Redo Reset (its model comes back)");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
