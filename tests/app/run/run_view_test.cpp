#include <gtest/gtest.h>

#include <fstream>

#include "app/run/edits.h"
#include "app/run/live.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace {

StepRecord record(std::int64_t step, std::uint32_t model_id) {
  StepRecord r;
  r.step = step;
  r.model_id = model_id;
  r.loss = 1.0 / static_cast<double>(step);
  return r;
}

// Of a model with one layer of two experts and a probe of four tokens, of which the first `to_first` go to the
// first.
std::shared_ptr<const Snapshot> look(std::int64_t step, std::uint32_t model_id, std::size_t to_first = 2,
                                     const std::string& text = "abcd") {
  auto tokens = std::make_shared<ProbeTokens>();
  for (const char c : text) tokens->text.emplace_back(1, c);
  tokens->id = {0, 1, 2, 3};
  tokens->domain = {0, 0, 1, 1};
  tokens->domain_names = {"prose", "code"};
  tokens->sequence_length = 4;
  ProbeLayer layer;
  layer.experts = 2;
  layer.top_k = layer.ranked = 1;
  for (std::size_t t = 0; t < 4; ++t) layer.expert.push_back(t < to_first ? 0 : 1);
  layer.weight.assign(4, 1);
  layer.kept.assign(4, 1);
  auto made = std::make_shared<Snapshot>();
  made->step = step;
  made->model_id = model_id;
  made->tokens = std::move(tokens);
  made->layers = {std::move(layer)};
  return made;
}

class LiveRuns : public testing::Test {
 protected:
  void tell(Update update) { take_update(live_, ui_, std::move(update), 0); }
  // A run's model and its steps up to `last`, with a look at the last.
  Update steps(const std::string& run, std::uint32_t model_id, std::int64_t behind, std::int64_t last) {
    Update update;
    update.begins.push_back({run, model_id, behind, nullptr});
    for (std::int64_t step = behind + 1; step <= last; ++step) update.records.push_back(record(step, model_id));
    update.snapshot = look(last, model_id);
    update.status.model_id = model_id;
    return update;
  }
  // A t-SNE of the look that is shown, of as many iterations as nobody waits for.
  void start_tsne() {
    const Snapshot& shown = *live_.run().snapshot;
    std::vector<float> values;
    for (int i = 0; i < 40; ++i) values.push_back(static_cast<float>(i * i % 17));
    live_.run().tsne.start(shown, {shown.model_id, 0, ProjectedCloud::hidden}, std::move(values), 2, 3);
  }
  Live live_{.runs = Runs({}, 1'000'000'000)};
  UiState ui_;
};

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
  branch_off(ui_.knobs, out, "/runs/b/checkpoints/x", "Fork at step 6");
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

}  // namespace
}  // namespace switchyard::app
