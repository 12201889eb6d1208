// Runs compared in the window: what a person does by label, and what of it the window asks for.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "app/cli/setups/presets.h"
#include "app/panels/panel_table.h"
#include "app/run/compared.h"
#include "app/run/transport.h"
#include "app/run/wake.h"
#include "app/shell/dialogs/context_menus.h"
#include "tests/app/shell/comparing.h"
#include "tests/support/fake_run.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using viz::Key;

class Comparing : public ComparingTest {};

TEST_F(Comparing, AChangeBesideBeginsARunAndLeavesThisOneAlone) {
  const Config before = ui_.knobs.draft;
  click("Try changes beside");
  EXPECT_TRUE(ui_.knobs.beside);
  drag_slider("Top-k", 0.2f, 0.9f);
  draw(2);
  EXPECT_TRUE(sent<SetConfig>().empty()) << "nor while it is dragged";
  ASSERT_EQ(ui_.knobs.besides.size(), 1u);
  EXPECT_GT(ui_.knobs.besides[0].config.top_k, before.top_k);
  EXPECT_THAT(ui_.knobs.besides[0].called, HasSubstr("Top-k: "));
  EXPECT_EQ(ui_.knobs.draft, before);
  EXPECT_TRUE(ui_.knobs.undo.empty());
  click("Try changes beside");
  drag_slider("Top-k", 0.2f, 0.9f);
  EXPECT_FALSE(sent<SetConfig>().empty());
}

// A preset is a change as any other: what it would reset otherwise is the run that goes on.
TEST_F(Comparing, APresetBesideBeginsARunAndLeavesThisOneAlone) {
  ui_.knobs.draft.corpus = ui_.knobs.sent.corpus = "/tmp/letters.txt";
  ui_.knobs.began_from = "mine";
  app::Commands before;
  Config other = ui_.knobs.draft;
  other.learning_rate /= 2;
  app::commit_edit(ui_.knobs, before, other);  // an older step of undo, which ended no model
  ASSERT_EQ(ui_.knobs.undo.size(), 1u);
  ui_.knobs.beside = true;
  for (const char* name : {"switch", "clusters-plane"}) {
    SCOPED_TRACE(name);
    const app::Preset* const preset = app::find_preset(name);
    ASSERT_TRUE(preset);
    ui_.knobs.besides.clear();
    draw_frame(
        [&](const app::PanelInput& in) { app::apply_preset(*preset, in.status, ui_, commands_, in.now_s); });
    ASSERT_EQ(ui_.knobs.besides.size(), 1u);
    EXPECT_EQ(ui_.knobs.besides[0].called, "Preset " + preset->title);
    EXPECT_TRUE(sent<ResetModel>().empty());
    EXPECT_TRUE(sent<SetConfig>().empty());
    ASSERT_EQ(ui_.knobs.undo.size(), 1u);
    EXPECT_EQ(ui_.knobs.undo[0].ended, 0u);
    EXPECT_EQ(ui_.knobs.began_from, "mine");
    EXPECT_TRUE(ui_.toasts.empty()) << ui_.toasts[0].message;
    EXPECT_EQ(ui_.knobs.draft, other);
  }
}

TEST_F(Comparing, RunsStandInTheOrderTheyCameWithALineEach) {
  open(app::Workspace::compare);
  begin_beside("one", with_k(1), "Top-k: 2 to 1");
  begin_beside("two", with_k(3), "Top-k: 2 to 3");
  draw_frame([&](const app::PanelInput& in) {
    const auto runs = app::compared_runs(in, ui_);
    ASSERT_EQ(runs.size(), 3u);
    EXPECT_TRUE(runs[0].leads);
    EXPECT_EQ(runs[1].label, "Top-k: 2 to 1");
    EXPECT_EQ(runs[2].label, "Top-k: 2 to 3");
    EXPECT_EQ(app::doing(runs[1]), RunState::playing);
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < i; ++j) EXPECT_NE(runs[i].style, runs[j].style);
    const auto knobs = app::compared_knobs(runs);
    ASSERT_EQ(knobs.size(), 1u);
    EXPECT_EQ(knobs[0]->key, "top_k");
    EXPECT_TRUE(app::unpaired_knobs_of(runs[0], runs[1]).empty());
  });
}

TEST_F(Comparing, ItsButtonsAskForWhatTheySay) {
  open(app::Workspace::compare);
  begin_beside("one", with_k(1), "Top-k: 2 to 1");
  draw(3);
  EXPECT_THAT(find("Runs compared/run Top-k: 2 to 1").text, HasSubstr("learns"));
  for (const auto& [button, what] : {std::pair{"Pause", app::BesideAsk::pause},
                                     {"Lead", app::BesideAsk::lead},
                                     {"Drop", app::BesideAsk::drop}}) {
    ui_.comparing.asked.clear();
    click(std::string("Runs compared/") + button + " Top-k: 2 to 1");
    ASSERT_EQ(ui_.comparing.asked.size(), 1u) << button;
    EXPECT_EQ(ui_.comparing.asked[0].run, "one");
    EXPECT_EQ(ui_.comparing.asked[0].what, what);
  }
  live_.runs.find("one")->beside = RunState::paused;
  draw(2);
  ui_.comparing.asked.clear();
  click("Runs compared/Play Top-k: 2 to 1");
  ASSERT_EQ(ui_.comparing.asked.size(), 1u);
  EXPECT_EQ(ui_.comparing.asked[0].what, app::BesideAsk::play);
}

// Who is ahead stands still until the others are there: it says so.
TEST_F(Comparing, WhoWaitsAndWhoCatchesUpIsSaid) {
  open(app::Workspace::compare);
  begin_beside("one", with_k(1), "Top-k: 2 to 1").status.step = live_.status.step - 20;
  draw(3);
  EXPECT_THAT(find("Runs compared/run Top-k: 2 to 1").text, HasSubstr("catches up"));
  EXPECT_THAT(find("Runs compared/run " + std::string("led")).text, HasSubstr("waits"));
  // Between the two it waits too.
  begin_beside("two", with_k(3), "Top-k: 2 to 3").status.step = live_.status.step - 40;
  draw(3);
  EXPECT_THAT(find("Runs compared/run Top-k: 2 to 1").text, HasSubstr("waits"));
  EXPECT_THAT(find("Runs compared/run Top-k: 2 to 3").text, HasSubstr("catches up"));
  for (const char* id : {"one", "two"}) live_.runs.find(id)->status.step = live_.status.step - 1;
  draw(2);
  EXPECT_THAT(find("Runs compared/run Top-k: 2 to 1").text, HasSubstr("learns"));
}

TEST_F(Comparing, ADenseTwinAndOtherWeightsAreOneClick) {
  ui_.knobs.began_from = "Switch";
  open(app::Workspace::compare);
  draw(2);
  click("Runs compared/Dense twin");
  click("Runs compared/Other weights");
  ASSERT_EQ(ui_.knobs.besides.size(), 2u);
  EXPECT_EQ(ui_.knobs.besides[0].config.ffn, Ffn::dense);
  EXPECT_NE(draw_seed(ui_.knobs.besides[1].config), draw_seed(*live_.status.config));
  EXPECT_EQ(ui_.knobs.besides[1].config.seed, live_.status.config->seed);
  for (const app::BesideWish& wish : ui_.knobs.besides) EXPECT_EQ(wish.began_from, "Switch") << wish.called;
  EXPECT_TRUE(sent<SetConfig>().empty());
}

// Pressed again it begins others still: neither of a run of the window nor of one that has not told its settings
// yet.
TEST_F(Comparing, OtherWeightsAreOfASeedThatNoRunHas) {
  open(app::Workspace::compare);
  const auto own = static_cast<std::int64_t>(draw_seed(*live_.status.config));
  Config other = *live_.status.config;
  other.weight_seed = own + 1;
  begin_beside("one", other, "other weights");
  draw(3);
  for (int i = 0; i < 3; ++i) click("Runs compared/Other weights");
  ASSERT_EQ(ui_.knobs.besides.size(), 3u);
  for (std::int64_t i = 0; i < 3; ++i) {
    const app::BesideWish& wish = ui_.knobs.besides[static_cast<std::size_t>(i)];
    EXPECT_EQ(wish.config.weight_seed, own + 2 + i);
    EXPECT_EQ(wish.called, "weights of seed " + std::to_string(own + 2 + i));
  }
}

TEST_F(Comparing, ARunIsAddedByTheChooser) {
  open(app::Workspace::compare);
  draw(2);
  click("Runs compared/Add a run…");
  draw(2);
  EXPECT_EQ(ui_.chooser.what, app::Chooses::run);
}

// As narrow as at 1280x720 and narrower: on a second line rather than cut.
TEST_F(Comparing, ItsButtonsAreNotCut) {
  begin_beside("one", with_k(1), "Top-k: 2 to 1");
  for (const float width : {450.0f, 330.0f}) {
    SCOPED_TRACE(width);
    for (int i = 0; i < 3; ++i)
      draw_frame([&](const app::PanelInput& in) {
        ImGui::SetNextWindowPos({0, 0});
        ImGui::SetNextWindowSize({width, 240});
        ImGui::Begin("panel", nullptr, ImGuiWindowFlags_NoDecoration);
        app::draw_panel(*app::find_panel("compared"), in, ui_, commands_);
        ImGui::End();
      });
    float lowest = 0, highest = 1e9f;
    for (const char* label : {"How sure?", "Dense twin", "Other weights", "Add a run…"}) {
      const app::Registry::Item* const item = registry_.find(std::string("Runs compared/") + label);
      ASSERT_TRUE(item) << label;
      EXPECT_LE(item->max.x, width - 8) << label;
      lowest = std::max(lowest, item->min.y), highest = std::min(highest, item->min.y);
    }
    EXPECT_EQ(lowest > highest, width < 400) << "one line where there is room";
  }
}

// At scale 2 the buttons alone would fill the panel.
TEST_F(Comparing, ItsRunsAreReachedWhereThereIsLittleRoom) {
  scale_ = 2;
  viz::apply_style(theme_, scale_);
  open(app::Workspace::compare);
  begin_beside("one", with_k(1), "Top-k: 2 to 1");
  draw(3);
  click("panel tab Runs compared");
  for (const char* name : {"run Top-k: 2 to 1", "Add a run…", "Lead Top-k: 2 to 1"})
    find(std::string("Runs compared/") + name);
}

// Nats of a point and of a character are not of one thing, nor are those of two texts.
TEST_F(Comparing, WhatLearnsSomethingElseHasNoDifferenceAndIsNoArm) {
  open(app::Workspace::compare);
  begin_beside("one", with_k(1), "Top-k: 2 to 1");
  app::RunView& other = begin_beside("two", with_k(3), "spirals");
  draw_frame(
      [&](const app::PanelInput& in) { EXPECT_EQ(app::study_of(app::compared_runs(in, ui_)).arms.size(), 3U); });
  Config points = with_k(3);
  points.task = TaskKind::clusters;
  other.status.config = std::make_shared<Config>(points);
  other.status.corpus_name = "spirals";
  draw_frame([&](const app::PanelInput& in) {
    const auto runs = app::compared_runs(in, ui_);
    EXPECT_TRUE(app::learn_the_same(runs[0], runs[1]));
    EXPECT_FALSE(app::learn_the_same(runs[0], runs[2]));
    EXPECT_EQ(app::study_of(runs).arms.size(), 2U);
  });
  draw(2);
  EXPECT_THAT(find("Runs compared/run spirals").text, HasSubstr("learns spirals: no difference"));
  other.status.config = std::make_shared<Config>(with_k(3));
  other.status.corpus_name = "another name";
  draw_frame([&](const app::PanelInput& in) {
    auto runs = app::compared_runs(in, ui_);
    EXPECT_FALSE(app::learn_the_same(runs[0], runs[2])) << "of one of them the bytes are not known";
    RunStatus first = *runs[0].status, third = *runs[2].status;
    first.text.source = third.text.source = {10, "of one text"};
    runs[0].status = &first, runs[2].status = &third;
    EXPECT_TRUE(app::learn_the_same(runs[0], runs[2])) << "whatever it is called";
    third.text.source = {10, "of another text"};
    third.corpus_name = first.corpus_name;
    EXPECT_FALSE(app::learn_the_same(runs[0], runs[2]));
  });
  draw(2);
  EXPECT_THAT(find("Runs compared/run spirals").text, HasSubstr("no difference"));
}

// Both were validated at some of the same steps; only those count.
TEST_F(Comparing, ADifferenceIsOfStepsBothWereValidatedAt) {
  app::RunView a, b;
  for (const auto& [view, every, offset] : {std::tuple{&a, 10, 0.0}, {&b, 15, 0.25}})
    for (std::int64_t step = 1; step <= 60; ++step) {
      StepRecord record = fake_record(Config{}, step, 1);
      record.val_loss = step % every == 0 ? 2.0 + offset : kMissing;
      view->history.append(record);
    }
  const app::DifferenceCurve difference = app::difference_from(a, b);
  EXPECT_EQ(difference.step, (std::vector<double>{30, 60}));
  for (const float d : difference.difference) EXPECT_FLOAT_EQ(d, 0.25F);
}

// Standing on a run beside: space is its own, and its knobs are not under the hand.
TEST_F(Comparing, SpaceIsOfTheRunThatIsShown) {
  begin_beside("one", with_k(1), "Top-k: 2 to 1");
  app::stand_on(live_, ui_, "one");
  draw(2);
  commands_.clear();
  press_key(Key::space);
  EXPECT_TRUE(sent<Pause>().empty());
  ASSERT_EQ(ui_.comparing.asked.size(), 1u);
  EXPECT_EQ(ui_.comparing.asked[0].what, app::BesideAsk::pause);
}

// It has a model, in this window: it is neither a record nor another process's.
TEST_F(Comparing, ARunBesideIsSpokenOfAsWhatItIs) {
  app::RunView& one = begin_beside("one", with_k(1), "Top-k: 2 to 1");
  one.status.run_folder = "/runs/one";
  one.snapshot = live_.run().snapshot;
  one.kept_steps = {{40, "", "at intervals", 1.5, "/runs/one/40"}, {60, "", "at intervals", 1.5, "/runs/one/60"}};
  app::stand_on(live_, ui_, "one");
  const auto asked = [&] {
    const auto all = std::exchange(ui_.comparing.asked, {});
    return all.size() == 1 && all[0].run == "one" ? std::optional(all[0].what) : std::nullopt;
  };
  for (const auto& [state, word, says, what] :
       {std::tuple{RunState::playing, "Pause", "learns beside", app::BesideAsk::pause},
        {RunState::paused, "Play", "paused, beside", app::BesideAsk::play},
        {RunState::failed, "Play", "stopped by an error", app::BesideAsk::play}}) {
    SCOPED_TRACE(says);
    live_.run().beside = state;
    draw(2);
    EXPECT_THAT(find("state").text, HasSubstr(says));
    if (state != RunState::failed) {
      EXPECT_THAT(find("state").text, HasSubstr("step 60"));
    }
    EXPECT_EQ(find("Play").text, word);
    click("Play");
    EXPECT_EQ(asked(), what);
    draw_frame([&](const app::PanelInput& in) {
      EXPECT_EQ(app::doing(in), state);
      EXPECT_FALSE(app::waking_of(in, ui_)) << "it is awake";
      app::open_kept_menu(in, ui_, in.run.kept_steps[0]);
    });
    draw(3);
    for (const char* entry : {"Go back to here", "Name…", "Delete"})
      EXPECT_THAT(find(std::string("Menu/") + entry).text,
                  AllOf(HasSubstr("disabled: It learns beside: once it leads"), Not(HasSubstr("process"))));
    click(std::string("Menu/") + word);
    EXPECT_EQ(asked(), what);
  }
  draw_frame([&](const app::PanelInput& in) { app::open_kept_menu(in, ui_, in.run.kept_steps[0]); });
  draw(3);
  click("Menu/Lead");
  EXPECT_EQ(asked(), app::BesideAsk::lead);
  EXPECT_FALSE(has("Generation/wake"));
  click("Generation/lead");
  EXPECT_EQ(asked(), app::BesideAsk::lead);
  ui_.inspecting.token = 3;
  open(app::Workspace::tokens);
  draw(2);
  EXPECT_FALSE(has("Token/wake"));
  click("Token/lead");
  EXPECT_EQ(asked(), app::BesideAsk::lead);
  EXPECT_TRUE(sent<GoOn>().empty()) << "the run that leads is not put away";
}

TEST_F(Comparing, WhoTakesTheLeadHasTheKnobs) {
  const std::string led = live_.run().id;
  ui_.knobs.sent_revision = 12;
  ui_.knobs.undo.push_back({Config{}, "Experts: 8 to 12", 0, Config{}, {}});
  begin_beside("one", with_k(1), "Top-k: 2 to 1");
  app::lead_with(live_, ui_, "one");
  draw(2);
  EXPECT_TRUE(live_.runs.is_live("one"));
  EXPECT_EQ(live_.run().id, "one");
  EXPECT_EQ(live_.status.state, RunState::playing);
  EXPECT_EQ(ui_.knobs.draft.top_k, 1);
  EXPECT_TRUE(ui_.knobs.undo.empty()) << "it was done to the other";
  EXPECT_GE(ui_.knobs.sent_revision, 12u) << "numbers only rise";
  const app::RunView& before = *live_.runs.find(led);
  EXPECT_TRUE(before.beside.has_value());
  EXPECT_EQ(before.status.state, RunState::followed);
  app::lead_with(live_, ui_, led);
  EXPECT_EQ(live_.run().id, led);
  EXPECT_EQ(ui_.knobs.draft.top_k, with_k(2).top_k);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
