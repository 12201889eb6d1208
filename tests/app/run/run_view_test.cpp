#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "app/run/edits.h"
#include "app/run/live.h"
#include "tests/app/run/live_runs.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {


// What one model wrote is not shown as another's; what it still writes is nobody's.
TEST_F(LiveRuns, WhatIsWrittenGoesWithItsModel) {
  tell(steps("a", 1, 0, 20));
  ui_.generation_id = 3;
  ui_.generating = true;
  ui_.generated_from = "Once";
  ui_.generated.resize(5);
  Update late = steps("b", 2, 0, 5);
  late.generation.push_back({3, std::vector<GeneratedToken>(2), true});
  tell(std::move(late));
  EXPECT_TRUE(ui_.generated.empty());
  EXPECT_EQ(ui_.generated_from, "");
  EXPECT_FALSE(ui_.generating);
}

// Of a text that is refused nothing says any more that it is learned.
TEST_F(LiveRuns, ARefusedTextIsNotSaidToBeLearned) {
  tell(steps("a", 1, 0, 20));
  Update first;
  first.status.config = std::make_shared<Config>();
  tell(std::move(first));
  std::vector<Command> out;
  const test::TemporaryFolder folder;
  const std::string text = (folder.path() / "a.txt").string();
  std::ofstream(text) << "words";
  open_text(ui_, out, text, 0);
  ASSERT_EQ(ui_.toasts.size(), 1u);
  Update refused;
  refused.status.config = std::make_shared<Config>();
  refused.notices.push_back({Notice::Level::error, "it is binary", ui_.knobs.sent_revision});
  tell(std::move(refused));
  ASSERT_EQ(ui_.toasts.size(), 1u);
  EXPECT_TRUE(ui_.toasts[0].message.starts_with("It is binary") || ui_.toasts[0].message.starts_with("it is binary"));
}

// A row that is open in one run means nothing in another.
TEST_F(LiveRuns, TheOpenRowOfEventsIsClosedInAnotherRun) {
  tell(steps("a", 1, 0, 20));
  ui_.events.open = true;
  ui_.events.unfolded = {5, "set top_k"};
  tell(steps("a", 1, 20, 5));
  EXPECT_EQ(ui_.events.unfolded.alike, "set top_k");
  tell(steps("b", 2, 0, 5));
  EXPECT_EQ(ui_.events.unfolded, app::EventList::Begin{});
  EXPECT_TRUE(ui_.events.open);
}

TEST_F(LiveRuns, EachRunHasItsOwnAxisFromStepZero) {
  tell(steps("a", 1, 0, 20));
  ui_.plots["loss"].fit_x = false;
  ui_.timeline.fit = false;
  ui_.timeline.shown = live_.run().snapshot;
  tell(steps("b", 2, 0, 5));
  EXPECT_EQ(live_.run().id, "b");
  ASSERT_EQ(live_.run().history.size(), 5u);
  EXPECT_EQ(live_.run().history.x()[0], 1);
  EXPECT_EQ(live_.run().kept.size(), 1u);
  // What was zoomed into or looked back at is not there any more.
  EXPECT_TRUE(ui_.plots["loss"].fit_x);
  EXPECT_TRUE(ui_.timeline.fit && ui_.timeline.following());
  ASSERT_EQ(live_.runs.all().size(), 2u);
  EXPECT_EQ(live_.runs.all().front()->history.size(), 20u);
}

TEST_F(LiveRuns, GoingBackBringsTheCurvesBack) {
  tell(steps("a", 1, 0, 20));
  tell(steps("b", 2, 0, 5));
  tell(steps("a", 3, 20, 22));
  EXPECT_EQ(live_.run().id, "a");
  ASSERT_EQ(live_.run().history.size(), 22u);
  EXPECT_EQ(live_.run().history.x()[21], 22);
  EXPECT_EQ(live_.runs.all().size(), 2u);
}

TEST_F(LiveRuns, GoingBackStandsWhereOneStood) {
  tell(steps("a", 1, 0, 20));
  tell(steps("a", 1, 20, 22));
  ui_.timeline.shown = live_.run().kept[0].snapshot;
  ui_.timeline.playing = true;
  ui_.timeline.fit = false, ui_.timeline.x_min = 5, ui_.timeline.x_max = 15;
  ui_.selection = select(*live_.run().snapshot, {1, 0, 0, 1}, "a box");
  ui_.pinned_expert = ui_.card_expert = 1;
  viz::PlotState& plot = ui_.plots["loss"];
  plot.fit_x = false, plot.x_min = 7, plot.x_max = 9;
  plot.hidden = {"train"};

  tell(steps("b", 2, 0, 5));
  EXPECT_TRUE(ui_.timeline.following() && ui_.timeline.fit);
  EXPECT_FALSE(ui_.selection.active());
  EXPECT_TRUE(ui_.plots["loss"].fit_x);
  EXPECT_EQ(ui_.plots["loss"].hidden, std::set<std::string>{"train"}) << "a choice of the window";
  EXPECT_EQ(ui_.pinned_expert, 1) << "the same expert of the new model";
  ui_.pinned_expert = -1;
  ui_.plots["loss"].hidden = {"validation"};
  ui_.timeline.shown = live_.run().snapshot;

  tell(steps("a", 3, 22, 23));
  ASSERT_FALSE(ui_.timeline.following());
  EXPECT_EQ(ui_.timeline.shown->step, 20);
  EXPECT_FALSE(ui_.timeline.playing);
  EXPECT_FALSE(ui_.timeline.fit);
  EXPECT_EQ(ui_.timeline.x_max, 15);
  EXPECT_EQ(ui_.plots["loss"].x_min, 7);
  EXPECT_FALSE(ui_.plots["loss"].fit_x);
  EXPECT_EQ(ui_.plots["loss"].hidden, std::set<std::string>{"validation"});
  EXPECT_EQ(ui_.pinned_expert, 1);
  EXPECT_EQ(ui_.card_expert, 1);
  EXPECT_EQ(ui_.hovered_expert, 1);
  // Its model came back with the same probe in an object of its own.
  drop_stale(ui_.selection, live_.run().snapshot.get());
  EXPECT_EQ(ui_.selection.chosen, (std::vector<std::uint8_t>{1, 0, 0, 1}));
  EXPECT_EQ(ui_.selection.of, "a box");

  tell(steps("b", 4, 5, 6));
  ASSERT_FALSE(ui_.timeline.following());
  EXPECT_EQ(ui_.timeline.shown->step, 5);
  EXPECT_EQ(ui_.pinned_expert, -1);
}

TEST_F(LiveRuns, WhatLiesBehindWhereARunGoesOnIsNotStoodAt) {
  tell(steps("a", 1, 0, 20));
  ui_.timeline.shown = live_.run().snapshot;
  tell(steps("b", 2, 0, 5));
  tell(steps("a", 3, 10, 11));
  EXPECT_TRUE(ui_.timeline.following());
}

TEST_F(LiveRuns, TheSameRunGoesOnUnderOnesEyes) {
  tell(steps("a", 1, 0, 20));
  ui_.timeline.shown = live_.run().snapshot;
  ui_.plots["loss"].fit_x = false;
  tell(steps("a", 2, 20, 22));
  EXPECT_EQ(ui_.timeline.shown->step, 20);
  EXPECT_FALSE(ui_.plots["loss"].fit_x);
}

TEST_F(LiveRuns, InsightOfAnotherRunNeverAnswers) {
  tell(steps("a", 1, 0, 20));
  const auto given_to = [&](std::size_t expert) {
    const RunView& run = live_.run();
    return run.insight.profile(*run.snapshot, 0, static_cast<std::int32_t>(expert), LabelKind::domain).had;
  };
  EXPECT_EQ(given_to(0), 2);
  ASSERT_NE(live_.run().insight.agreement(*live_.run().snapshot, 0, LabelKind::domain), nullptr);
  EXPECT_EQ(live_.run().insight.worked_out(), 2u);
  EXPECT_GT(live_.run().insight.bytes(), 0u);

  // Another run, whose look has all that the first one's was told by: model, step and revision.
  tell(steps("b", 2, 0, 5));
  live_.run().snapshot = look(20, 1, 3);
  EXPECT_EQ(live_.run().insight.worked_out(), 0u);
  EXPECT_EQ(given_to(0), 3);
  EXPECT_EQ(given_to(1), 1);
  // And it holds nothing while it is not looked at.
  EXPECT_EQ(live_.runs.all().front()->insight.bytes(), 0u);
  tell(steps("a", 3, 20, 22));
  EXPECT_EQ(live_.run().insight.worked_out(), 0u);
  EXPECT_EQ(given_to(0), 2);
}

TEST_F(LiveRuns, ATsneStaysWithItsRun) {
  tell(steps("a", 1, 0, 20));
  start_tsne();
  ASSERT_EQ(live_.run().tsne.shown()->state, TsneRun::State::running);
  tell(steps("b", 2, 0, 5));
  EXPECT_EQ(live_.run().tsne.shown(), nullptr);
  EXPECT_GT(live_.runs.all().front()->tsne.bytes(), 0u);
  EXPECT_EQ(live_.runs.all().front()->bytes(), live_.runs.all().front()->history.bytes() +
                                                   live_.runs.all().front()->kept.bytes() +
                                                   live_.runs.all().front()->tsne.bytes());
  tell(steps("a", 3, 20, 22));
  ASSERT_NE(live_.run().tsne.shown(), nullptr);
  EXPECT_EQ(live_.run().tsne.shown()->look->step, 20);
  // Nobody looked, so it begins anew.
  EXPECT_EQ(live_.run().tsne.shown()->state, TsneRun::State::running);
  live_.run().forget_looks();
  EXPECT_EQ(live_.run().tsne.shown(), nullptr);
  EXPECT_EQ(live_.run().tsne.bytes(), 0u);
  EXPECT_TRUE(live_.run().kept.empty());
}

TEST_F(LiveRuns, WhatAnEarlierWindowChoseInARunIsChosenAgainInTheSameProbe) {
  Standing left;
  left.selection = select(*look(9, 7), {0, 1, 1, 0}, "a box");
  left.pinned_expert = 1;
  const ChosenIn chosen = chosen_in(left, *look(9, 7));
  live_.runs.remembered = {{"a", chosen}, {"c", chosen}, {"d", chosen}};
  Update begun = steps("a", 1, 10, 12);
  const auto first_look = std::exchange(begun.snapshot, nullptr);
  tell(std::move(begun));
  EXPECT_FALSE(ui_.selection.active()) << "nobody knows yet which probe it is";
  Update looked;
  looked.snapshot = first_look;
  tell(std::move(looked));
  EXPECT_EQ(ui_.selection.chosen, (std::vector<std::uint8_t>{0, 1, 1, 0}));
  EXPECT_EQ(ui_.selection.of, "a box");
  EXPECT_EQ(ui_.pinned_expert, 1);
  drop_stale(ui_.selection, live_.run().snapshot.get());
  EXPECT_TRUE(ui_.selection.active());

  ui_.pinned_expert = 0;
  tell(steps("a", 2, 12, 14));
  EXPECT_EQ(ui_.pinned_expert, 0) << "once is enough";

  // Of another probe it says nothing.
  Update other = steps("c", 3, 10, 12);
  other.snapshot = look(12, 3, 2, "wxyz");
  tell(std::move(other));
  EXPECT_FALSE(ui_.selection.active());
  EXPECT_EQ(ui_.pinned_expert, 0);
  EXPECT_EQ(live_.runs.remembered.size(), 1u);
}

TEST_F(LiveRuns, OneUpdateMayHoldTheEndOfOneRunAndTheBeginOfAnother) {
  tell(steps("a", 1, 0, 3));
  Update update = steps("b", 2, 0, 2);
  update.records.insert(update.records.begin(), record(4, 1));
  update.snapshot = look(4, 1);  // of the model before
  RunEvent rebuild;
  rebuild.kind = EventKind::rebuild, rebuild.step = 5, rebuild.model_id = 1;
  update.events = {rebuild};
  tell(std::move(update));
  EXPECT_EQ(live_.run().history.size(), 2u);
  EXPECT_TRUE(live_.run().history.events().empty());
  EXPECT_EQ(live_.run().snapshot, nullptr);
  EXPECT_EQ(live_.runs.all().front()->history.size(), 4u);
  EXPECT_EQ(live_.runs.all().front()->history.events().size(), 1u);
}

TEST_F(LiveRuns, ARunReadFromDiskHasItsPast) {
  Update update;
  auto past = std::make_shared<RunPast>();
  for (std::int64_t step = 1; step <= 12; ++step) past->records.push_back(record(step, 0));
  update.begins.push_back({"a", 1, 10, past});
  update.records.push_back(record(11, 1));
  tell(std::move(update));
  ASSERT_EQ(live_.run().history.size(), 11u);  // two steps beyond where it goes on from are forgotten
  EXPECT_EQ(live_.run().history.x()[10], 11);
}

TEST_F(LiveRuns, OldRunsGiveWay) {
  for (std::uint32_t model_id = 1; model_id <= Runs::kMost + 10; ++model_id)
    tell(steps("run " + std::to_string(model_id), model_id, 0, 2));
  EXPECT_EQ(live_.runs.all().size(), Runs::kMost);
  EXPECT_EQ(live_.run().id, "run " + std::to_string(Runs::kMost + 10));
}

TEST_F(LiveRuns, ARunThatWasLeftCanBeLookedAtAgain) {
  tell(steps("a", 1, 0, 10));
  tell(steps("b", 2, 0, 5));
  EXPECT_EQ(live_.run().id, "b");
  stand_on(live_, ui_, "a");
  EXPECT_EQ(live_.shown_status().state, RunState::opened);
  EXPECT_EQ(live_.runs.live().id, "b");
  EXPECT_EQ(live_.runs.others().front()->id, "b");
}

TEST_F(LiveRuns, ARunThatCameAndWentBetweenTwoFramesHasNobodyElsesFolder) {
  Update first = steps("a", 1, 0, 10);
  first.status.run = "a";
  first.status.run_folder = "/runs/a";
  tell(std::move(first));
  Update both = steps("b", 2, 0, 5);
  both.begins.push_back({"c", 3, 0, nullptr});
  both.status.run = "c";
  both.status.run_folder = "/runs/c";
  tell(std::move(both));
  EXPECT_EQ(live_.runs.find("a")->status.run_folder, "/runs/a");
  EXPECT_EQ(live_.runs.find("b")->status.run_folder, "");
  EXPECT_EQ(live_.shown_status().run_folder, "/runs/c");
}

// Of those that learn beside.
class RunsBeside : public LiveRuns {
 protected:
  RunsBeside() {
    tell(news("led", 1));
    tell_beside(news("x", 100), "", "Top-k: 2 to 1");
    tell_beside(news("y", 200), "", "Experts: 8 to 12");
  }
  Update news(const std::string& run, std::uint32_t model_id) {
    Update update = steps(run, model_id, 0, 3);
    update.status.run = run;
    update.status.state = RunState::playing;
    return update;
  }
  void tell_beside(Update update, const std::string& was, const std::string& called) {
    take_beside(live_, ui_, std::move(update), was, called, 0);
  }
};

TEST_F(RunsBeside, OneThatBeginsAnewLeavesARecordAndTheOthersAsTheyAre) {
  Update anew = news("z", 101);
  anew.records.insert(anew.records.begin(), record(4, 100));
  RunEvent reset;
  reset.kind = EventKind::reset, reset.step = 4, reset.model_id = 100;
  anew.events = {reset};
  tell_beside(std::move(anew), "x", "Top-k: 2 to 1");
  EXPECT_FALSE(live_.runs.find("x")->beside);
  EXPECT_EQ(live_.runs.find("x")->status.state, RunState::opened);
  EXPECT_EQ(live_.runs.find("x")->history.size(), 4u);
  EXPECT_EQ(live_.runs.find("x")->history.events().size(), 1u);
  EXPECT_EQ(live_.runs.find("z")->beside, RunState::playing);
  EXPECT_EQ(live_.runs.find("z")->called, "Top-k: 2 to 1");
  EXPECT_EQ(live_.runs.find("z")->history.size(), 3u);
  EXPECT_EQ(live_.runs.find("y")->beside, RunState::playing);
  tell(news("b", 2));  // the one that leads is another
  EXPECT_EQ(live_.runs.find("y")->beside, RunState::playing);
  EXPECT_EQ(live_.runs.find("z")->beside, RunState::playing);
  EXPECT_FALSE(live_.runs.find("led")->beside);
}

TEST_F(RunsBeside, OneThatGoesOnInTheLeadIsBesideNoMore) {
  tell(news("y", 3));
  EXPECT_TRUE(live_.runs.is_live("y"));
  EXPECT_FALSE(live_.run().beside);
}

// What it was asked while it led, and a name to speak of it by.
TEST_F(RunsBeside, AnswersReachWhoAskedAndItIsSpokenOfByAName) {
  Update update;
  update.status = live_.runs.find("x")->status;
  update.status.run = "x";
  update.status.state = RunState::failed;
  update.status.message = "no numbers";
  KeptChanged changed{.change = {KeptChange::Kind::remove, "/runs/x/2"}};
  changed.step = 2;
  changed.place = "/trash/2";
  update.kept_changes = {changed};
  live_.runs.find("x")->called.clear();
  tell_beside(std::move(update), "x", "");
  EXPECT_TRUE(ui_.kept_changed);
  ASSERT_EQ(ui_.knobs.undo.size(), 1u);
  ASSERT_EQ(ui_.toasts.size(), 2u);
  EXPECT_THAT(ui_.toasts[0].trashed, testing::ElementsAre("/trash/2"));
  EXPECT_EQ(ui_.toasts[1].message, "x: no numbers.");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
