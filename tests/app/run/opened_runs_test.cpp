// Runs that are looked at beside the one that learns, or before any does.
#include <gtest/gtest.h>

#include "app/run/edits.h"
#include "app/run/panel.h"
#include "app/run/transport.h"
#include "tests/app/run/live_runs.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {


Update opened(const std::string& run, std::uint32_t model_id, std::int64_t last) {
  Update update;
  auto past = std::make_shared<RunPast>();
  for (std::int64_t step = 1; step <= last; ++step) past->records.push_back(record(step, model_id));
  update.begins.push_back({run, model_id, last, past, RunPoint{"a", 3}});
  update.snapshot = look(last, model_id);
  update.past_looks = {look(2, model_id), look(4, model_id)};
  update.status.run = run;
  update.status.state = RunState::opened;
  update.status.step = last;
  update.status.run_folder = "/runs/" + run;
  return update;
}

TEST_F(LiveRuns, AnOpenedRunIsShownBesideTheOneThatLearns) {
  tell(steps("a", 1, 0, 10));
  live_.status.run = "a";
  show_at(ui_.timeline, live_.run().kept, 10, false);
  take_viewed(live_, ui_, opened("b", 1u << 31, 6), 0);
  EXPECT_EQ(live_.run().id, "b");
  EXPECT_EQ(live_.runs.live().id, "a");
  EXPECT_EQ(live_.shown_status().state, RunState::opened);
  EXPECT_EQ(live_.run().history.size(), 6u);
  EXPECT_EQ(live_.run().kept.size(), 3u);
  EXPECT_EQ(live_.run().parent, (RunPoint{"a", 3}));
  EXPECT_TRUE(ui_.timeline.following());
  // The one that learns goes on behind it.
  Update more;
  for (std::int64_t step = 11; step <= 15; ++step) more.records.push_back(record(step, 1));
  more.snapshot = look(15, 1);
  tell(std::move(more));
  EXPECT_EQ(live_.run().id, "b");
  EXPECT_EQ(live_.runs.live().history.size(), 15u);
  EXPECT_EQ(live_.run().history.size(), 6u);
  stand_on(live_, ui_, "a");
  EXPECT_EQ(live_.run().history.size(), 15u);
  EXPECT_FALSE(ui_.timeline.following()) << "as one stood there";
  stand_on(live_, ui_, "b");
  Standing here = standing_in(ui_);
  EXPECT_TRUE(live_.runs.close("b", here));
  EXPECT_EQ(live_.run().id, "a");
  EXPECT_EQ(live_.runs.all().size(), 1u);
  EXPECT_FALSE(live_.runs.close("a", here)) << "it learns";
}

// Of a recording the look one pointed at is read then; the nearest there is stands for it.
TEST(Timeline, TheNearestLookStandsForTheOneThatComes) {
  SnapshotStore store;
  Timeline timeline;
  for (const std::int64_t step : {0, 100, 200}) store.add(look(step, 1));
  show_at(timeline, store, 130, false);
  ASSERT_EQ(timeline.shown->step, 100);
  settle(timeline, store, false);
  EXPECT_EQ(timeline.shown->step, 100);
  store.add_past(look(131, 1));
  settle(timeline, store, false);
  EXPECT_EQ(timeline.shown->step, 131);
  store.add_past(look(129, 1));
  settle(timeline, store, false);
  EXPECT_EQ(timeline.shown->step, 131) << "no nearer";
  // Who goes elsewhere is not brought back.
  show_neighbour(timeline, store, 1, false);
  ASSERT_EQ(timeline.shown->step, 200);
  store.add_past(look(130, 1));
  settle(timeline, store, false);
  EXPECT_EQ(timeline.shown->step, 200);
  follow(timeline);
  settle(timeline, store, false);
  EXPECT_TRUE(timeline.following());
}

TEST_F(LiveRuns, OneThatBeginsAnewIsShownWhereTheOneBeforeIs) {
  tell(steps("a", 1, 0, 10));
  live_.status.run = "a";
  take_viewed(live_, ui_, opened("b", 1u << 31, 6), 0);
  ASSERT_EQ(live_.run().id, "b");
  take_viewed(live_, ui_, opened("b (2)", 1u << 31, 6), 0, "b");
  EXPECT_EQ(live_.run().id, "b (2)");
  stand_on(live_, ui_, "a");
  take_viewed(live_, ui_, opened("b (3)", 1u << 31, 6), 0, "b (2)");
  EXPECT_EQ(live_.run().id, "a") << "who looks at another run stays with it";
  EXPECT_NE(live_.runs.find("b (3)"), nullptr);
}

TEST_F(LiveRuns, ARecordingOfAnotherProgramsIsNeverTheOneThatLearns) {
  RunStatus status;
  for (const RunState state : {RunState::loading, RunState::failed, RunState::opened, RunState::followed}) {
    status.state = state, status.recorded = std::make_shared<const OtherRecording>();
    EXPECT_TRUE(is_record(status));
    EXPECT_FALSE(can_run(status));
    std::vector<Command> out;
    play_or_pause(status, out);
    EXPECT_TRUE(out.empty());
  }
  status.recorded = nullptr, status.state = RunState::failed;
  EXPECT_FALSE(is_record(status));
  EXPECT_TRUE(can_run(status)) << "Play tries again";
}

TEST_F(LiveRuns, OpeningAnotherRunKeepsWhereOneLooks) {
  for (const std::int64_t last : {4, 5, 10}) tell(steps("a", 1, last == 4 ? 0 : last == 5 ? 4 : 5, last));
  live_.status.run = "a";
  ui_.arranging.workspace = Workspace::routing;
  ui_.arranging.shares["train.1.text"] = {0.3f};
  ui_.layer = 1;
  ui_.pinned_expert = ui_.card_expert = 1;
  ui_.inspecting.token = 3;
  ui_.selection = select(*live_.run().snapshot, {0, 1, 1, 0}, "a box");
  show_at(ui_.timeline, live_.run().kept, 5, false);
  ASSERT_EQ(ui_.timeline.shown->step, 5);

  Update first = opened("b", 1u << 31, 9), rest;
  rest.past_looks = std::exchange(first.past_looks, {});
  rest.status = first.status;
  take_viewed(live_, ui_, std::move(first), 0);
  ASSERT_EQ(live_.run().id, "b");
  EXPECT_EQ(ui_.timeline.shown->step, 9) << "the only look that is known yet";
  take_viewed(live_, ui_, std::move(rest), 0);
  EXPECT_EQ(ui_.timeline.shown->step, 4) << "of 2, 4 and 9";
  EXPECT_EQ(ui_.arranging.workspace, Workspace::routing);
  EXPECT_EQ(ui_.arranging.shares["train.1.text"], std::vector<float>{0.3f});
  EXPECT_EQ(ui_.layer, 1);
  EXPECT_EQ(ui_.pinned_expert, 1);
  EXPECT_EQ(ui_.card_expert, 1);
  EXPECT_EQ(ui_.inspecting.token, 3);
  drop_stale(ui_.selection, live_.run().snapshot.get());
  EXPECT_EQ(ui_.selection.chosen, (std::vector<std::uint8_t>{0, 1, 1, 0}));

  // On to a third: the moment that was meant, not the look that stood for it.
  Update third = opened("c", (1u << 31) + 1, 6);
  third.past_looks.push_back(look(5, third.begins[0].model_id));
  take_viewed(live_, ui_, std::move(third), 0);
  EXPECT_EQ(ui_.timeline.shown->step, 5);

  // Where somebody goes elsewhere nothing is sought any more; and each run stays as one stood in it.
  stand_on(live_, ui_, "b");
  follow(ui_.timeline);
  Update later;
  later.status = live_.run().status;
  later.past_looks = {look(5, 1u << 31)};
  take_viewed(live_, ui_, std::move(later), 0);
  EXPECT_TRUE(ui_.timeline.following());
  stand_on(live_, ui_, "c");
  EXPECT_EQ(ui_.timeline.shown->step, 5);
  stand_on(live_, ui_, "a");
  EXPECT_EQ(ui_.timeline.shown->step, 5);
}

TEST_F(LiveRuns, WhatAnOpenedRunDoesNotHaveIsNotKept) {
  tell(steps("a", 1, 0, 10));
  live_.status.run = "a";
  ui_.pinned_expert = 7;
  ui_.card_expert = 1;
  ui_.inspecting.token = 3;
  ui_.selection = select(*live_.run().snapshot, {0, 1, 1, 0}, "a box");
  show_at(ui_.timeline, live_.run().kept, 10, false);
  Update other = opened("b", 1u << 31, 6);
  other.snapshot = look(6, 1u << 31, 2, "wxyz");
  other.past_looks.clear();
  live_.runs.remembered["b"] = {probe_stamp(other.snapshot.get()), {1, 0, 0, 0}, "a text", 0, -1};
  take_viewed(live_, ui_, std::move(other), 0);
  EXPECT_TRUE(ui_.timeline.following()) << "it ends before";
  EXPECT_EQ(ui_.card_expert, -1) << "as an earlier window left it";
  EXPECT_EQ(ui_.pinned_expert, 0);
  EXPECT_EQ(ui_.selection.chosen, (std::vector<std::uint8_t>{1, 0, 0, 0}));
  EXPECT_EQ(ui_.inspecting.token, -1);
  stand_on(live_, ui_, "a");
  EXPECT_EQ(ui_.timeline.shown->step, 10);
  EXPECT_EQ(ui_.inspecting.token, 3);
  EXPECT_EQ(ui_.selection.chosen, (std::vector<std::uint8_t>{0, 1, 1, 0}));
}

TEST_F(LiveRuns, TheOneThatLearnsTellsOfItselfWhileAnotherIsShown) {
  Update first = steps("a", 1, 0, 10);
  first.status.run = "a";
  tell(std::move(first));
  take_viewed(live_, ui_, opened("b", 1u << 31, 6), 0);
  Update more;
  more.status.run = "a";
  more.status.step = 14;
  more.status.state = RunState::playing;
  tell(std::move(more));
  EXPECT_EQ(live_.runs.others().front()->status.step, 14);
  EXPECT_EQ(live_.runs.others().front()->status.state, RunState::playing);
  EXPECT_EQ(live_.shown_status().run, "b");
}

TEST_F(LiveRuns, AWindowMayBeginWithAnOpenedRunAndWakeIt) {
  take_viewed(live_, ui_, opened("b", 1u << 31, 6), 0);
  EXPECT_EQ(live_.runs.all().size(), 1u);
  EXPECT_EQ(live_.shown_status().run_folder, "/runs/b");
  EXPECT_FALSE(live_.runs.shows_live());
  Update woken;
  woken.begins.push_back({"b", 1, 6, nullptr});
  woken.records.push_back(record(7, 1));
  tell(std::move(woken));
  EXPECT_TRUE(live_.runs.shows_live());
  EXPECT_EQ(live_.run().history.size(), 7u);
  // What its viewer may still tell is nobody's.
  take_viewed(live_, ui_, opened("b", 1u << 31, 6), 0);
  EXPECT_EQ(live_.run().history.size(), 7u);
  EXPECT_EQ(live_.run().model_id, 1u);
}

// The engine takes seconds to load; the run that it then begins was asked for by nobody who has opened another meanwhile.
TEST_F(LiveRuns, WhoOpenedARunWhileTheEngineWasLoadingStaysWithIt) {
  take_viewed(live_, ui_, opened("b", 1u << 31, 6), 0);
  follow(ui_.timeline);
  tell(steps("a", 1, 0, 4));
  EXPECT_EQ(live_.run().id, "b");
  EXPECT_FALSE(live_.runs.shows_live());
  EXPECT_EQ(live_.runs.live().id, "a");
  EXPECT_EQ(live_.runs.live().history.size(), 4u);
  stand_on(live_, ui_, "a");
  EXPECT_EQ(live_.run().history.size(), 4u);
  EXPECT_TRUE(ui_.timeline.following());
  // What is begun by hand is shown.
  tell(steps("c", 2, 0, 3));
  EXPECT_EQ(live_.run().id, "c");
}

// A fork of an opened run, in a window where none learns yet, is what somebody waits for.
TEST_F(LiveRuns, AForkOfTheOnlyRunIsShown) {
  take_viewed(live_, ui_, opened("b", 1u << 31, 6), 0);
  std::vector<Command> out;
  branch_off(ui_.knobs, out, "/runs/b/checkpoints/x", "Fork at step 6", "Switch");
  tell(steps("child", 1, 6, 8));
  EXPECT_EQ(live_.run().id, "child");
}

TEST_F(LiveRuns, EveryStepTakesThePlaceOfASummary) {
  take_viewed(live_, ui_, opened("b", 1u << 31, 6), 0);
  RunEvent edit;
  edit.kind = EventKind::set;
  edit.step = 3;
  edit.model_id = 1u << 31;
  live_.run().history.append(edit);
  Update whole;
  whole.status = live_.shown_status();
  whole.whole_past = std::make_unique<History>();
  for (std::int64_t step = 1; step <= 8; ++step) whole.whole_past->append(record(step, 1u << 31));
  whole.whole_past->append(edit);
  whole.records = {record(9, 1u << 31)};  // followed meanwhile
  take_viewed(live_, ui_, std::move(whole), 0);
  EXPECT_EQ(live_.run().history.size(), 9u);
  EXPECT_EQ(live_.run().history.events().size(), 1u);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
