// The palette of commands and the finder, as a person types into them.
#include <gmock/gmock.h>

#include "app/window/system/input_queue.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/fake_trainer.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using app::Palette;
using viz::Key;

class Commands : public WorkbenchTest {
 protected:
  void open() {
    press_key(Key::p, true, true);
    draw(3);
  }
  void find_with(const std::string& text) {
    press_key(Key::f, true);
    draw(3);
    type(text);
  }
};

TEST_F(Commands, TypingFindsAndEnterRuns) {
  open();
  ASSERT_EQ(ui_.palette.open, Palette::Open::commands);
  type("theme light");
  EXPECT_TRUE(has("Theme: Light"));
  press_key(Key::enter);
  EXPECT_TRUE(ui_.light_theme);
  EXPECT_EQ(ui_.palette.open, Palette::Open::nothing);
}

// Who does not know what it is called here types what it is called elsewhere.
TEST_F(Commands, AnActionIsFoundByOtherNames) {
  app::PanelExports offered;
  exports_ = &offered;
  for (const auto& [typed, found] : {std::pair{"weights", "File: Export run folder"},
                                     {"metrics", "File: Export run folder"},
                                     {"metrics", "Export: Data of Loss"},
                                     {"save weights", "File: Export run folder"},
                                     {"safetensors", "File: Export run folder"},
                                     {"picture", "Export: Figure of Loss"},
                                     {"pdf", "Export: Figure of Loss for a page…"},
                                     {"csv", "Export: Data of Loss"},
                                     {"checkpoint", "File: Keep this model"},
                                     {"restart", "Run: Reset: a new model from the seed"},
                                     {"glossary", "Help: What a term means…"}}) {
    open();
    type(typed);
    draw(2);
    EXPECT_TRUE(has(found)) << typed;
    press_key(Key::escape);
  }
  exports_ = &no_exports_;
}

// Letters here and there of a long list of names are no name.
TEST_F(Commands, OtherNamesAreWordsAndNotLetters) {
  open();
  type("sve");
  EXPECT_TRUE(has("File: Save setup…"));
  EXPECT_FALSE(has("File: Screenshot"));
  press_key(Key::escape);
  open();
  live_.status.run_folder = "/runs/a";
  type("export");
  press_key(Key::enter);
  EXPECT_TRUE(ui_.exporting) << "what is called so comes first";
}

TEST_F(Commands, ShortcutsArePrinted) {
  open();
  EXPECT_EQ(find("Run: Play or pause").text, "Space");
  type("quit");
  EXPECT_EQ(find("File: Quit").text, "Ctrl + Q");
  EXPECT_FALSE(has("Run: Play or pause"));
}

TEST_F(Commands, TheSameKeysClose) {
  open();
  open();
  EXPECT_EQ(ui_.palette.open, Palette::Open::nothing);
}

TEST_F(Commands, ArrowsChooseInACircleAndEscapeLeaves) {
  open();
  press_key(Key::up);
  EXPECT_GT(ui_.palette.lit, 20);  // the last one
  press_key(Key::down);
  EXPECT_EQ(ui_.palette.lit, 0);
  press_key(Key::escape);
  EXPECT_EQ(ui_.palette.open, Palette::Open::nothing);
  EXPECT_TRUE(commands_.empty());
}

// Typed faster than frames come: a letter right behind the chord is no shortcut, and the field has the keyboard by
// the time the queue of keys lets characters through.
TEST_F(Commands, ALetterRightBehindTheChordIsNoShortcut) {
  viz::feed_modifiers(true, false);
  viz::feed_key(Key::f, true);
  draw();
  viz::feed_modifiers(false, false);
  viz::feed_key(Key::f, false);
  viz::feed_key(Key::r, true);
  draw(app::InputQueue::kFramesToAField);
  viz::feed_key(Key::r, false);
  EXPECT_TRUE(sent<ResetModel>().empty());
  type("r");
  EXPECT_EQ(ui_.palette.text, "r");
}

TEST_F(Commands, SingleKeysAreLettersThere) {
  open();
  press_key(Key::r);
  press_key(Key::space);
  EXPECT_TRUE(commands_.empty());
}

TEST_F(Commands, AClickRunsARow) {
  open();
  type("routing");
  click("Workspace: Routing");
  EXPECT_EQ(ui_.arranging.workspace, app::Workspace::routing);
}

TEST_F(Commands, AKnobIsBroughtIntoSightAndTyped) {
  ui_.open_groups["Training"] = false;
  press_key(Key::digit_2, true);  // no knobs here
  open();
  type("set learning rate");
  press_key(Key::enter);
  draw(4);
  EXPECT_TRUE(has("Learning rate"));
  EXPECT_TRUE(ImGui::GetIO().WantTextInput);
  type("0.002");
  press_key(Key::enter);
  EXPECT_DOUBLE_EQ(last_config().learning_rate, 0.002);
}

TEST_F(Commands, WhatDoesNotApplyIsNotRun) {
  live_.status.state = RunState::loading;
  open();
  type("one step");
  press_key(Key::enter);
  EXPECT_TRUE(commands_.empty());
}

TEST_F(Commands, ALayerIsShownEverywhere) {
  open();
  type("layer 2");
  press_key(Key::enter);
  EXPECT_EQ(ui_.layer, 2);
}

// One step on every workspace, also where another panel fills the window.
TEST_F(Commands, AnExpertFoundShowsItsCard) {
  for (const bool points : {false, true}) {
    if (points) {
      Config config;
      config.task = TaskKind::clusters;
      live_.run().snapshot = std::make_shared<Snapshot>(fake_snapshot(config, 60));
      live_.status.config = std::make_shared<Config>(config);
    }
    for (const app::WorkspaceSpec& spec : app::workspaces())
      for (const char* filled : {"", "loss", "expert"}) {
        ui_.card_expert = ui_.pinned_expert = -1;
        this->WorkbenchTest::open(spec.id);
        ui_.arranging.filled = filled;
        draw(2);
        find_with("e5");
        press_key(Key::enter);
        draw(3);
        ASSERT_TRUE(has("Expert/card")) << spec.title << " " << filled;
        EXPECT_EQ(find("Expert/card").text, "E05") << spec.title;
        EXPECT_EQ(ui_.hovered_expert, 5) << spec.title;
        const bool stood = std::string(filled) == "expert";
        EXPECT_EQ(ui_.arranging.workspace, stood ? spec.id : app::Workspace::specialization);
      }
  }
}

TEST_F(Commands, AnExpertIsLitUntilEscape) {
  find_with("e3");
  press_key(Key::down);
  press_key(Key::enter);
  draw(2);
  EXPECT_EQ(ui_.hovered_expert, 3);
  const ImVec2 chip = find("Tokens/E05").centre();
  move(chip.x, chip.y);
  draw(2);
  EXPECT_EQ(ui_.hovered_expert, 5);  // the mouse outshines it
  move_away();
  draw(2);
  EXPECT_EQ(ui_.hovered_expert, 3);
  press_key(Key::escape);
  EXPECT_EQ(ui_.hovered_expert, -1);
}

TEST_F(Commands, AnExpertThatIsNotThereIsNotFound) {
  find_with("e99");
  press_key(Key::enter);
  EXPECT_EQ(ui_.pinned_expert, -1);
  EXPECT_EQ(ui_.palette.open, Palette::Open::find);
}

TEST_F(Commands, ATextIsSelectedInEveryPassage) {
  const ProbeTokens& tokens = *live_.run().snapshot->tokens;
  std::string word;
  for (std::size_t t = 2; t < 8; ++t) word += tokens.text[t];
  find_with(word);
  press_key(Key::enter);
  ASSERT_TRUE(ui_.selection.active());
  EXPECT_EQ(ui_.selection.count % word.size(), 0u);
  for (std::size_t t = 0; t < 9; ++t) EXPECT_EQ(ui_.selection.has(t), t >= 2 && t < 8) << t;
  press_key(Key::escape);
  EXPECT_FALSE(ui_.selection.active());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
