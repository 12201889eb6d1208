#include <gmock/gmock.h>

#include "app/cli/presets.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/fake_run.h"

namespace switchyard::test {
namespace {

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

TEST_F(Transport, APresetKeepsTheCorpus) {
  ui_.knobs.draft.corpus = ui_.knobs.sent.corpus = "/tmp/letters.txt";
  const app::Preset& preset = app::presets()[1];
  click("preset " + preset.name);
  Config expected = preset.config;
  expected.corpus = "/tmp/letters.txt";
  EXPECT_EQ(last_config(), expected);
  draw(2);
  EXPECT_FALSE(ui_.show_welcome);  // it has done its work
  press_key(Key::z, true);
  EXPECT_EQ(last_config().corpus, "/tmp/letters.txt");
  EXPECT_EQ(last_config().top_k, Config{}.top_k);
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

TEST_F(Transport, ExportNeedsARunFolder) {
  click("File");
  click("Export run folder");
  EXPECT_TRUE(sent<ExportWeights>().empty());
  EXPECT_THAT(ui_.log.back(), ::testing::HasSubstr("not recorded"));
  live_.status.run_folder = "/tmp/runs/one";
  click("File");
  click("Export run folder");
  EXPECT_EQ(sent<ExportWeights>().size(), 1u);
  EXPECT_THAT(ui_.log.back(), ::testing::HasSubstr("/tmp/runs/one"));
}

TEST_F(Transport, EveryPanelIsOnTheScreen) {
  for (const char* name : {"Loss", "Tokens", "Generation", "Expert load", "Routing"}) {
    const bool found = std::any_of(registry_.items().begin(), registry_.items().end(), [&](const auto& item) {
      return item.first.starts_with(std::string(name) + "/");
    });
    EXPECT_TRUE(found) << name;
  }
}

TEST_F(Transport, CtrlSKeepsTheModelUnderAName) {
  press_key(Key::s, true);
  ASSERT_TRUE(ui_.keeping.open);
  EXPECT_EQ(ui_.keeping.name, "step 60");
  type("before surgery");
  press_key(Key::enter);
  ASSERT_EQ(sent<Keep>().size(), 1u);
  EXPECT_EQ(sent<Keep>()[0].name, "before surgery");  // what was proposed is typed over
  EXPECT_FALSE(ui_.keeping.open);
  press_key(Key::s, true);
  press_key(Key::escape);
  EXPECT_FALSE(ui_.keeping.open);
  EXPECT_EQ(sent<Keep>().size(), 1u);
  live_.status.step = 0;
  press_key(Key::s, true);
  EXPECT_FALSE(ui_.keeping.open) << "nothing was learned";
}

TEST_F(Transport, ARecentRunGoesOnAndUndoReturns) {
  app::RecentRun recent;
  recent.run.folder = "/runs/20261128T151200Z-stories-x7k2mq";
  recent.run.corpus = "stories";
  recent.run.steps = 2830;
  recent.run.val_loss = 1.2345;
  recent.run.newest.emplace();
  recent.run.newest->label.step = 2800;
  recent.curve = {{1, 4}, {1000, 2}, {2830, 1.2}};
  ui_.recent = {recent};
  ui_.show_welcome = true;
  draw(2);
  EXPECT_EQ(find("recent 0").text, "stories · 2,830 steps · val 1.234");
  click("recent 0");
  ASSERT_EQ(sent<GoOn>().size(), 1u);
  EXPECT_EQ(sent<GoOn>()[0].where, recent.run.folder.native());
  EXPECT_FALSE(ui_.show_welcome);
  // Its settings are those of the knobs once it is there.
  Config other = *live_.status.config;
  other.top_k = 3;
  live_.status.config = std::make_shared<Config>(other);
  app::take_status(ui_.knobs, live_.status);
  EXPECT_NE(ui_.knobs.draft.top_k, 3) << "not taken up yet";
  live_.status.revision = sent<GoOn>()[0].revision;
  app::take_status(ui_.knobs, live_.status);
  EXPECT_EQ(ui_.knobs.draft.top_k, 3);
  press_key(Key::z, true);
  ASSERT_EQ(sent<BringBack>().size(), 1u);
  EXPECT_EQ(sent<BringBack>()[0].ended_by, sent<GoOn>()[0].revision);
}

TEST_F(Transport, EarlierRunsLieBehindTheCurveOnRequest) {
  EXPECT_FALSE(has("Loss/runs")) << "there is none yet";
  live_.runs.begin({"first", 1, 60, nullptr});
  live_.runs.begin({"second", 2, 0, nullptr});
  for (int step = 1; step <= 20; ++step) live_.run().history.append(fake_record(*live_.status.config, step, 2));
  draw(2);
  ASSERT_TRUE(has("Loss/runs"));
  EXPECT_FALSE(ui_.earlier_runs);
  click("Loss/runs");
  click("Loss/runs/with earlier ones");
  EXPECT_TRUE(ui_.earlier_runs);
  draw(2);
  EXPECT_EQ(live_.runs.earlier().size(), 1u);
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

TEST(Recent, SaysHowLongAgoAndWhetherItWasCutOff) {
  EXPECT_EQ(app::age_text(5), "just now");
  EXPECT_EQ(app::age_text(180), "3 min ago");
  EXPECT_EQ(app::age_text(7300), "2 h ago");
  EXPECT_EQ(app::age_text(86400), "1 day ago");
  std::vector<app::RecentRun> runs(1);
  EXPECT_TRUE(app::unfinished_text(runs).empty());
  runs[0].run.steps = 500;
  runs[0].run.newest.emplace();
  runs[0].run.newest->label.step = 500;
  EXPECT_TRUE(app::unfinished_text(runs).empty());
  runs[0].run.newest->label.step = 480;
  EXPECT_THAT(app::unfinished_text(runs), testing::HasSubstr("cut off at step 500; it is kept up to step 480"));
}

}  // namespace
}  // namespace switchyard::test
