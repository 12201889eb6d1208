// Runs besides the one that learns: recent ones, earlier curves, the family above the timeline.
#include <gmock/gmock.h>

#include "app/run/family.h"
#include "app/run/moment.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/fake_run.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using viz::Key;

class RunsInTheWindow : public WorkbenchTest {};

TEST_F(RunsInTheWindow, CtrlSKeepsTheModelUnderAName) {
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

TEST_F(RunsInTheWindow, ARecentRunGoesOnAndUndoReturns) {
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
  ui_.recent[0].run.name = "Top-k: 2 to 1";
  draw();
  EXPECT_EQ(find("recent 0").text, "Top-k: 2 to 1 · stories · 2,830 steps · val 1.234");
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

TEST_F(RunsInTheWindow, EarlierRunsLieBehindTheCurveOnRequest) {
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

TEST_F(RunsInTheWindow, RunsStandInAStripOfTheirFamily) {
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

// Where a run begins another one stops: which, and that it can be had back.
TEST_F(RunsInTheWindow, AForkSaysWhatBecomesOfTheRuns) {
  std::string says;
  const auto ask = [&] {
    draw_frame([&](const app::PanelInput& in) { says = app::says_fork(in, "this step"); });
    return says;
  };
  EXPECT_THAT(ask(),
              testing::AllOf(testing::HasSubstr("begins at this step and learns here"),
                             testing::HasSubstr("This one stops learning"), testing::HasSubstr("becomes a record"),
                             testing::HasSubstr("Ctrl+Z"), testing::Not(testing::HasSubstr("stays as it is"))));
  live_.status.state = RunState::opened;
  EXPECT_THAT(ask(), testing::AllOf(testing::HasSubstr("This record stays as it is."),
                                    testing::Not(testing::HasSubstr("stops"))))
      << "nothing learns here";
  live_.status.state = RunState::followed;
  EXPECT_THAT(ask(), testing::HasSubstr("The process that records this one goes on."));
  live_.status.state = RunState::failed;
  EXPECT_THAT(ask(), testing::AllOf(testing::HasSubstr("This one has stopped already"),
                                    testing::Not(testing::HasSubstr("stops learning"))));
  live_.status.state = RunState::loading;
  EXPECT_THAT(ask(), testing::AllOf(testing::HasSubstr("This one, whose model is on its way, makes way"),
                                    testing::Not(testing::HasSubstr("what it learned"))));
}

// Of a run that does not learn here it is the one with the knobs that stops.
TEST_F(RunsInTheWindow, AForkOfARecordOrOfARunBesideSaysWhichOneStops) {
  app::RunView shown, other;
  other.status.state = RunState::playing;
  std::string says;
  const auto ask = [&](RunState state) {
    shown.status.state = state;
    const app::PanelInput in{.run = shown,
                             .snapshot = nullptr,
                             .status = shown.status,
                             .theme = theme_,
                             .exports = *exports_,
                             .others = {&other}};
    return app::says_fork(in, "this step");
  };
  EXPECT_THAT(ask(RunState::opened),
              testing::AllOf(testing::HasSubstr("This record stays as it is."),
                             testing::HasSubstr("The run that has the knobs stops learning")));
  other.status.state = RunState::failed;
  EXPECT_THAT(ask(RunState::opened), testing::HasSubstr("The run that has the knobs has stopped already"));
  other.status.state = RunState::playing;
  shown.beside = RunState::playing;
  EXPECT_THAT(ask(RunState::followed),
              testing::AllOf(testing::HasSubstr("This one goes on beside it."),
                             testing::HasSubstr("The run that has the knobs stops learning"),
                             testing::Not(testing::HasSubstr("process"))));
}

// Of runs that were tried for the same each has the letters of its folder too.
TEST_F(RunsInTheWindow, RunsCalledAlikeAreToldApart) {
  app::Standing here;
  live_.runs.begin({"a", 1, 60, nullptr}, here);
  for (const char* id : {"20261128T151200Z-stories-x7k2mq", "20261128T151300Z-stories-bbbbbb"}) {
    app::RunView& view = live_.runs.open({id, static_cast<std::uint32_t>(id[12]), 0, nullptr, std::nullopt});
    view.history.append(fake_record(*live_.status.config, 1, view.model_id));
    view.status.run_folder = std::string("/runs/") + id;
    view.status.state = RunState::opened;
    view.called = "Top-k: 2 to 1";
  }
  draw(2);
  EXPECT_EQ(find("run 20261128T151200Z-stories-x7k2mq").text, "Top-k: 2 to 1 · x7k2mq");
  EXPECT_EQ(find("run 20261128T151300Z-stories-bbbbbb").text, "Top-k: 2 to 1 · bbbbbb");
  live_.runs.find("20261128T151300Z-stories-bbbbbb")->called = "Experts: 8 to 16";
  draw(2);
  EXPECT_EQ(find("run 20261128T151200Z-stories-x7k2mq").text, "Top-k: 2 to 1") << "nobody else has that";
}

// Looking back, every figure is of the step that is shown.
TEST_F(RunsInTheWindow, TheMomentThatIsLookedBackAtHasItsOwnFigures) {
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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
