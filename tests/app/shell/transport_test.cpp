#include <gmock/gmock.h>

#include "app/cli/own_presets.h"
#include "app/cli/presets.h"
#include "app/run/edits.h"
#include "app/run/moment.h"
#include "app/run/transport.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/environment.h"
#include "tests/support/fake_run.h"
#include "tests/support/temporary_folder.h"

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
  EXPECT_TRUE(has("preset " + preset.name)) << "nothing jumps under the hand";
  press_key(Key::z, true);
  EXPECT_EQ(last_config().corpus, "/tmp/letters.txt");
  EXPECT_EQ(last_config().top_k, Config{}.top_k);
}

// One rule for all, said before the click: a new run, and one step of undo back to this one.
TEST_F(Transport, EveryPresetBeginsANewRun) {
  ui_.show_welcome = true;
  const Config before = ui_.knobs.draft;
  for (const app::Preset& preset : app::presets()) {
    if (app::started_from(preset, before) == before) continue;
    SCOPED_TRACE(preset.name);
    commands_.clear();
    const std::size_t undo = ui_.knobs.undo.size();
    draw_frame([&](const app::PanelInput& in) { app::apply_preset(preset, in.status, ui_, commands_, in.now_s); });
    EXPECT_EQ(last_config(), app::started_from(preset, before));
    const bool rebuilds = change_cost(before, last_config()) == KnobCost::rebuild;
    EXPECT_EQ(sent<ResetModel>().size(), rebuilds ? 0u : 1u);
    ASSERT_EQ(ui_.knobs.undo.size(), undo + 1);
    EXPECT_EQ(ui_.knobs.undo.back().what, "Preset " + preset.title);
    EXPECT_EQ(ui_.knobs.undo.back().ended, ui_.knobs.sent_revision);
    EXPECT_TRUE(app::is_in_force(preset, ui_));
    press_key(Key::z, true);
    ASSERT_EQ(sent<BringBack>().size(), 1u);
    EXPECT_EQ(sent<BringBack>()[0].config, before);
    EXPECT_FALSE(app::is_in_force(preset, ui_));
  }
}

TEST_F(Transport, APresetIsTickedWhileTheKnobsAreAsItHasThem) {
  const app::Preset& preset = *app::find_preset("switch");
  draw_frame([&](const app::PanelInput& in) { app::apply_preset(preset, in.status, ui_, commands_, in.now_s); });
  EXPECT_TRUE(app::is_in_force(preset, ui_));
  Config other = ui_.knobs.draft;
  other.learning_rate = 0.001;
  app::commit_edit(ui_.knobs, commands_, other);
  EXPECT_FALSE(app::is_in_force(preset, ui_));
  press_key(Key::z, true);
  EXPECT_TRUE(app::is_in_force(preset, ui_));
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

// The window's clipboard, without a display.
std::string clipboard;
void use_own_clipboard() {
  clipboard.clear();
  ImGui::GetIO().SetClipboardTextFn = [](void*, const char* text) { clipboard = text; };
}

TEST_F(Transport, ExportNeedsARunFolder) {
  click("File");
  click("Export run folder");
  EXPECT_TRUE(sent<ExportWeights>().empty());
  EXPECT_THAT(ui_.log.back(), ::testing::HasSubstr("not recorded"));
}

// The trainer knows which folder has the weights: a new model's own is made when they are written.
TEST_F(Transport, AnExportNamesTheFolderThatHasTheWeights) {
  use_own_clipboard();
  live_.status.run_folder = "/tmp/runs/one";
  click("File");
  click("Export run folder");
  EXPECT_EQ(sent<ExportWeights>().size(), 1u);
  EXPECT_TRUE(ui_.log.empty());
  EXPECT_EQ(clipboard, "");
  const auto written = [&] {
    Update update;
    update.status = live_.status;
    update.notices.push_back({Notice::Level::info, "Weights written to /tmp/runs/two", 0, "/tmp/runs/two"});
    app::take_update(live_, ui_, std::move(update), now_s_);
    draw(2);
  };
  written();
  EXPECT_THAT(ui_.log.back(),
              ::testing::AllOf(::testing::HasSubstr("/tmp/runs/two"), ::testing::HasSubstr("path copied")));
  EXPECT_EQ(clipboard, "/tmp/runs/two");
  clipboard.clear();
  written();  // asked for by a signal, say
  EXPECT_EQ(clipboard, "");
}

TEST_F(Transport, CopySetupGivesWhatRunsNow) {
  use_own_clipboard();
  Config running;
  running.experts = 16;
  running.top_k = 1;
  live_.status.config = std::make_shared<Config>(running);
  ui_.knobs.draft.experts = 20;  // not taken up yet
  click("File");
  click("Copy setup");
  draw();
  EXPECT_EQ(clipboard, R"(switchyard --config-text '{"experts":16,"top_k":1}')");
  EXPECT_THAT(ui_.log.back(), ::testing::HasSubstr("experts 16, top_k 1"));
}

TEST_F(Transport, ASavedSetupIsAPresetOfOnesOwn) {
  const TemporaryFolder home;
  const EnvironmentVariable there("XDG_CONFIG_HOME", home.path().string());
  Config running;
  running.experts = 16;
  live_.status.config = std::make_shared<Config>(running);
  click("File");
  click("Save setup…");
  draw(2);
  type("Switch");
  press_key(Key::enter);
  EXPECT_THAT(ui_.log.back(), ::testing::HasSubstr("preset of the program")) << "that name is taken";
  EXPECT_TRUE(app::read_own_presets().presets.empty());
  draw(2);
  type(" Switch of mine");  // the field is still there, and what it holds is replaced
  press_key(Key::enter);
  EXPECT_THAT(ui_.log.back(), ::testing::HasSubstr("Switch-of-mine.json"));
  ASSERT_EQ(app::read_own_presets().presets.size(), 1u);
  EXPECT_EQ(app::read_own_presets().presets[0].config, running);
  EXPECT_TRUE(commands_.empty());
  click("File");
  EXPECT_FALSE(has("Save"));
  click("Switch of mine");
  EXPECT_EQ(last_config().experts, 16);
  EXPECT_EQ(ui_.preset_title, "Switch of mine");
  press_key(Key::p, true, true);
  type("start from mine");
  press_key(Key::enter);
  EXPECT_EQ(ui_.palette.open, app::Palette::Open::nothing);
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
  ASSERT_EQ(ui_.name_prompt.asks, app::NamePrompt::Asks::kept_model);
  EXPECT_EQ(ui_.name_prompt.name, "step 60");
  type("before surgery");
  press_key(Key::enter);
  ASSERT_EQ(sent<Keep>().size(), 1u);
  EXPECT_EQ(sent<Keep>()[0].name, "before surgery");  // what was proposed is typed over
  EXPECT_EQ(ui_.name_prompt.asks, app::NamePrompt::Asks::nothing);
  press_key(Key::s, true);
  press_key(Key::escape);
  EXPECT_EQ(ui_.name_prompt.asks, app::NamePrompt::Asks::nothing);
  EXPECT_EQ(sent<Keep>().size(), 1u);
  live_.status.step = 0;
  press_key(Key::s, true);
  EXPECT_EQ(ui_.name_prompt.asks, app::NamePrompt::Asks::nothing) << "nothing was learned";
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
  app::Standing here;
  live_.runs.begin({"first", 1, 60, nullptr}, here);
  live_.runs.begin({"second", 2, 0, nullptr}, here);
  for (int step = 1; step <= 20; ++step) live_.run().history.append(fake_record(*live_.status.config, step, 2));
  draw(2);
  ASSERT_TRUE(has("Loss/runs"));
  EXPECT_FALSE(ui_.earlier_runs);
  click("Loss/runs");
  click("Loss/runs/with other runs");
  EXPECT_TRUE(ui_.earlier_runs);
  draw(2);
  EXPECT_EQ(live_.runs.others().size(), 1u);
}

TEST_F(Transport, RunsStandInAStripOfTheirFamily) {
  EXPECT_FALSE(has("run a")) << "of one run there is nothing to choose";
  app::Standing here;
  live_.runs.begin({"a", 1, 60, nullptr}, here);
  Update other;
  auto past = std::make_shared<RunPast>();
  for (int step = 31; step <= 40; ++step) past->records.push_back(fake_record(*live_.status.config, step, 1u << 31));
  other.begins.push_back({"b", 1u << 31, 40, past, RunPoint{"a", 30}});
  other.status = live_.status;
  other.status.run = "b";
  other.status.state = RunState::opened;
  other.status.step = 40;
  other.status.run_folder = "/runs/20261128T151200Z-stories-x7k2mq";
  app::take_viewed(live_, ui_, std::move(other), 0);
  draw(2);
  ASSERT_TRUE(has("run a") && has("run b"));
  EXPECT_EQ(find("run b").text, "shown");
  EXPECT_GT(find("run b").min.x, find("run a").min.x) << "a child stands behind its parent";
  // A record has no model: nothing is trained, nothing changed, until it is woken.
  press_key(Key::period);
  press_key(Key::r);
  click("Top-k");
  EXPECT_TRUE(sent<StepSome>().empty() && sent<ResetModel>().empty() && sent<SetConfig>().empty());
  click("Go on");
  ASSERT_EQ(sent<GoOn>().size(), 1u);
  EXPECT_EQ(sent<GoOn>()[0].where, "/runs/20261128T151200Z-stories-x7k2mq");
  EXPECT_FALSE(sent<GoOn>()[0].as_child);
  click("Fork here");
  EXPECT_EQ(sent<GoOn>().size(), 1u) << "nothing is kept yet";
  live_.run().kept_steps = {{35, "", "at intervals", 1.5, "/runs/b/35"}, {50, "", "at intervals", 1.5, "/runs/b/50"}};
  draw();
  click("Fork here");
  ASSERT_EQ(sent<GoOn>().size(), 2u);
  EXPECT_EQ(sent<GoOn>()[1].where, "/runs/b/35") << "the newest up to the step that is shown, 40";
  EXPECT_TRUE(sent<GoOn>()[1].as_child);
  click("run a");
  EXPECT_EQ(ui_.wants_shown, "a");
  click("Close");
  EXPECT_EQ(ui_.wants_closed, "b");
}

// Looking back, every figure is of the step that is shown.
TEST_F(Transport, TheMomentThatIsLookedBackAtHasItsOwnFigures) {
  HealthAlert alert;
  alert.kind = AlertKind::collapsed;
  alert.layer = 1;
  for (const bool ended : {false, true}) {
    RunEvent event;
    event.kind = ended ? EventKind::health_end : EventKind::health;
    event.step = ended ? 30 : 10;
    event.model_id = 1;
    alert.ended = ended ? 30 : 0;
    event.health = alert;
    live_.run().history.append(event);
  }
  auto earlier = std::make_shared<Snapshot>(fake_snapshot(*live_.status.config, 20));
  live_.run().kept.add(earlier);
  live_.run().kept.add(live_.run().snapshot);
  draw_frame([&](const app::PanelInput& in) {
    const app::Moment now = app::moment_of(in, ui_);
    EXPECT_TRUE(now.is_now);
    EXPECT_EQ(now.record->step, 60);
    EXPECT_EQ(app::step_name(now), "last step");
    EXPECT_TRUE(app::alerts_at(in, now).empty());
  });
  app::show_at(ui_.timeline, live_.run().kept, 20, false);
  draw_frame([&](const app::PanelInput& in) {
    const app::Moment then = app::moment_of(in, ui_);
    EXPECT_FALSE(then.is_now);
    EXPECT_EQ(then.record->step, 20);
    EXPECT_EQ(then.record->layers.at(0).max_violation, fake_record(*live_.status.config, 20).layers.at(0).max_violation);
    EXPECT_EQ(app::step_name(then), "step 20");
    ASSERT_EQ(app::alerts_at(in, then).size(), 1u) << "it went on then";
    EXPECT_EQ(app::alerts_at(in, then)[0].layer, 1);
  });
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
