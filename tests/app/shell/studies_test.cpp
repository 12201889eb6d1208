// How sure it is, and a sweep, in Compare: what is asked for and what stands there of it.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/run/compared.h"
#include "app/ui/panel_exports.h"
#include "app/ui/table.h"
#include "core/study/sweep_plan.h"
#include "core/study/sweep_results.h"
#include "tests/app/shell/comparing.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;
using viz::Key;

class Studies : public ComparingTest {
 protected:
  app::Table data_of(const char* panel) {
    app::PanelExports exports;
    exports_ = &exports;
    exports.ask(panel, {.figure = false, .data = true});
    app::Table table;
    for (int i = 0; i < 3; ++i) {
      draw();
      for (app::PanelExport& made : exports.end_frame())
        if (made.table) table = std::move(*made.table);
    }
    exports_ = &no_exports_;
    return table;
  }
};

// The window has one seed of each run; what more seeds say lies behind its difference, of the same run alone.
TEST_F(Studies, ADifferenceHasTheIntervalOfMoreSeedsBehindIt) {
  open(app::Workspace::compare);
  begin_beside("one", with_k(1), "Top-k: 2 to 1");
  draw(2);
  std::string first;
  draw_frame([&](const app::PanelInput& in) { first = app::compared_runs(in, ui_)[0].label; });
  const std::size_t alone = data_of("difference").columns().size();
  const auto arm = [](std::vector<float> difference, std::vector<float> low, std::vector<float> high) {
    ArmCurve curve;
    curve.step = {50, 100};
    curve.difference = std::move(difference);
    curve.difference_low = std::move(low), curve.difference_high = std::move(high);
    return curve;
  };
  app::StudyCurves curves{
      .arms = {first, "dropped since", "Top-k: 2 to 1"},
      .curves = {arm({}, {}, {}), arm({9, 9}, {9, 9}, {9, 9}), arm({-0.5F, -0.25F}, {-1, -0.375F}, {0, -0.125F})},
      .seeds = 3,
      .ended = 9};
  app::StudyShown& study = ui_.comparing.study;
  study.folder = "/studies/a";
  study.curves = std::make_shared<const app::StudyCurves>(curves);
  const app::Table with = data_of("difference");
  ASSERT_EQ(with.columns().size(), alone + 3) << "an arm that is no run of the window is not drawn";
  const std::vector<std::string> last(with.columns().end() - 3, with.columns().end());
  EXPECT_THAT(last, testing::ElementsAre("Top-k: 2 to 1, 3 seeds: mean difference [nats]",
                                         "Top-k: 2 to 1, 3 seeds: least of 95 % [nats]",
                                         "Top-k: 2 to 1, 3 seeds: most of 95 % [nats]"));
  const auto row =
      std::find_if(with.rows().begin(), with.rows().end(), [](const auto& r) { return r[0].text() == "100"; });
  ASSERT_NE(row, with.rows().end());
  EXPECT_EQ((*row)[alone].text(), "-0.25");
  EXPECT_EQ((*row)[alone + 1].text(), "-0.375");
  EXPECT_EQ((*row)[alone + 2].text(), "-0.125");
  // Two seeds have no interval yet; held against another first it says nothing of these.
  curves.seeds = 2;
  study.curves = std::make_shared<const app::StudyCurves>(curves);
  EXPECT_EQ(data_of("difference").columns().size(), alone);
  curves.seeds = 3, curves.arms[0] = "another";
  study.curves = std::make_shared<const app::StudyCurves>(curves);
  EXPECT_EQ(data_of("difference").columns().size(), alone);
}

// What the verdict says stands there as intervals, in words, and in the table.
TEST_F(Studies, HowSureItIsIsAFigureAndColumns) {
  open(app::Workspace::compare);
  begin_beside("one", with_k(1), "Top-k: 2 to 1");
  app::StudyShown& study = ui_.comparing.study;
  study.folder = "/studies/a";
  study.far.planned = 15, study.far.ended = 9;
  study.first = "led";
  study.verdicts = {{.name = "Top-k: 2 to 1",
                     .finding = Finding::better,
                     .seeds = 3,
                     .difference = -0.021,
                     .half_width = 0.008,
                     .is_provisional = true},
                    {.name = "dropped since",
                     .finding = Finding::undecided,
                     .seeds = 3,
                     .difference = 0.01,
                     .half_width = 0.02}};
  draw(3);
  EXPECT_EQ(find("Runs compared/verdict").text, "Top-k: 2 to 1: better, so far; dropped since: cannot be told");
  const app::Table table = data_of("compared");
  ASSERT_EQ(table.rows().size(), 3u) << "two runs, and an arm that is none of the window any more";
  const auto column = [&](const char* name) {
    return static_cast<std::size_t>(std::find(table.columns().begin(), table.columns().end(), name) -
                                    table.columns().begin());
  };
  EXPECT_EQ(table.rows()[0][column("study: finding")].text(), "") << "the first is held against nobody";
  EXPECT_EQ(table.rows()[1][column("study: finding")].text(), "better");
  EXPECT_EQ(table.rows()[1][column("study: difference [nats]")].text(), "-0.021");
  EXPECT_EQ(table.rows()[1][column("study: half width [nats]")].text(), "0.008");
  EXPECT_EQ(table.rows()[1][column("study: provisional")].text(), "yes");
  EXPECT_EQ(table.rows()[2][0].text(), "dropped since");
  EXPECT_EQ(table.rows()[2][column("study: finding")].text(), "cannot be told apart");
  // It is put away once it has ended, and stopped before.
  click("Runs compared/Put away the study");
  EXPECT_TRUE(ui_.comparing.study_cancelled);
  study.runs = true;
  draw();
  EXPECT_TRUE(has("Runs compared/Stop the study"));
}

// A sweep stands there from its first look on: how far it is, then its figure.
TEST_F(Studies, ASweepStandsThereAndIsStopped) {
  open(app::Workspace::compare);
  app::StudyShown& sweep = ui_.comparing.sweep;
  sweep.folder = "/studies/b";
  sweep.runs = true;
  draw(2);
  EXPECT_FALSE(has("Runs compared/sweep plot")) << "nothing was read yet";
  auto results = std::make_shared<SweepResults>();
  results->axes = {{"top_k", {"1", "2"}}};
  auto plan = make_sweep_plan(Config{}, results->axes, {.steps = 100, .seeds = 1});
  ASSERT_TRUE(plan) << plan.error().message;
  results->results.plan = *plan;
  results->results.runs = {{std::nullopt}, {std::nullopt}};
  results->ranking = {{.arm = 0}, {.arm = 1}};
  sweep.far.planned = 2;
  sweep.sweep = results;
  draw(2);
  EXPECT_FALSE(has("Runs compared/sweep plot")) << "no combination has a loss";
  auto ended = std::make_shared<SweepResults>(*results);
  ended->results.runs = {{RunResult{.step = 100, .val_loss = 1.5}}, {RunResult{.step = 100, .val_loss = 1.25}}};
  ended->results.judged_seeds = {1};
  ended->ranking = {{.arm = 1, .steps = 100, .standing = SweepStanding::too_few_seeds},
                    {.arm = 0, .steps = 100, .standing = SweepStanding::too_few_seeds}};
  sweep.sweep = ended;
  sweep.far.ended = 2;
  draw(2);
  EXPECT_THAT(find("Runs compared/sweep plot").text, HasSubstr("nats a token, mean"));
  click("Runs compared/Stop the sweep");
  EXPECT_TRUE(ui_.comparing.sweep_cancelled);
  EXPECT_FALSE(ui_.comparing.study_cancelled);
}

// What was stopped, here or by the end of a window, goes on; what is done may have more seeds.
TEST_F(Studies, WhatWasStoppedGoesOn) {
  open(app::Workspace::compare);
  app::StudyShown& study = ui_.comparing.study;
  study.folder = "/studies/a";
  study.far.planned = 15, study.far.ended = 9;
  draw(2);
  EXPECT_FALSE(has("Runs compared/More seeds the study"));
  click("Runs compared/Go on the study");
  ASSERT_TRUE(ui_.comparing.study_asked);
  EXPECT_EQ(ui_.comparing.study_asked->folder, "/studies/a");
  EXPECT_TRUE(ui_.comparing.study_asked->goes_on);
  EXPECT_EQ(ui_.comparing.study_asked->seeds, 0);
  EXPECT_FALSE(ui_.comparing.study_cancelled);
  ui_.comparing.study_asked.reset();
  study.learns_elsewhere = true;
  draw(2);
  EXPECT_FALSE(has("Runs compared/Go on the study")) << "another process learns it";
  study.learns_elsewhere = false, study.seeds = 5, study.far.is_done = true, study.far.ended = 15;
  draw(2);
  EXPECT_FALSE(has("Runs compared/Go on the study"));
  click("Runs compared/More seeds the study");
  ASSERT_TRUE(ui_.comparing.study_asked);
  EXPECT_TRUE(ui_.comparing.study_asked->goes_on);
  EXPECT_EQ(ui_.comparing.study_asked->seeds, 10);
  ui_.comparing.study_asked.reset();
  study.runs = true, study.far.is_done = false;
  draw(2);
  EXPECT_FALSE(has("Runs compared/Go on the study"));
  EXPECT_FALSE(has("Runs compared/More seeds the study"));
}

// Those of earlier days, in a dialog.
TEST_F(Studies, StudiesThatAreThereAreShownAndGoneOnWith) {
  open(app::Workspace::compare);
  click("Runs compared/Studies…");
  ASSERT_TRUE(ui_.studies_prompt.is_open);
  const auto now = std::filesystem::file_time_type::clock::now();
  const auto one = [&](const char* folder, const char* title, bool is_sweep) {
    ListedStudy study;
    study.folder = folder, study.title = title, study.is_sweep = is_sweep;
    study.steps = 2000, study.seeds = 5, study.far.ended = 7, study.far.planned = 15;
    study.last_worked_on = now - std::chrono::hours(2);
    return study;
  };
  std::vector<ListedStudy> listed{one("/studies/stopped", "Switch, Dense", false),
                                  one("/studies/done", "A, B", false), one("/studies/swept", "over Top-k", true),
                                  one("/studies/held", "C, D", false), one("/studies/bad", "", false)};
  listed[1].far.is_done = true, listed[1].far.ended = 15;
  listed[3].far.is_at_work = true;
  listed[4].error = "/studies/bad/study.json: no JSON";
  ui_.studies_prompt.listed = std::make_shared<const std::vector<ListedStudy>>(listed);
  draw(3);
  EXPECT_EQ(find("study stopped").text,
            "Switch, Dense · 5 seeds of 2,000 steps · 7 of 15 runs, stopped · 2 h ago");
  EXPECT_THAT(find("study done").text, HasSubstr("15 of 15 runs · "));
  EXPECT_THAT(find("study swept").text, HasSubstr("Sweep over Top-k · "));
  EXPECT_THAT(find("study held").text, HasSubstr("another process learns it"));
  EXPECT_THAT(find("study bad").text, HasSubstr("no JSON"));
  for (const char* none : {"Go on done", "Go on held", "Show bad", "Go on bad"}) EXPECT_FALSE(has(none)) << none;
  click("Show done");
  ASSERT_TRUE(ui_.comparing.study_asked);
  EXPECT_EQ(ui_.comparing.study_asked->folder, "/studies/done");
  EXPECT_FALSE(ui_.comparing.study_asked->goes_on);
  EXPECT_FALSE(ui_.studies_prompt.is_open);

  const auto reopen = [&] {
    ui_.comparing.study_asked.reset();
    ui_.studies_prompt = {true, std::make_shared<const std::vector<ListedStudy>>(listed)};
    draw(3);
  };
  reopen();
  click("Go on swept");
  ASSERT_TRUE(ui_.comparing.sweep_asked);
  EXPECT_TRUE(ui_.comparing.sweep_asked->goes_on);
  EXPECT_FALSE(ui_.comparing.study_asked);
  // One that learns here is not ended by a look at another.
  ui_.comparing.study.folder = "/studies/stopped", ui_.comparing.study.runs = true;
  reopen();
  EXPECT_FALSE(has("Go on stopped")) << "it learns";
  EXPECT_THAT(find("study stopped").text, HasSubstr(", learning"));
  click("Show done");
  EXPECT_FALSE(ui_.comparing.study_asked);
  EXPECT_TRUE(ui_.studies_prompt.is_open);
  press_key(Key::escape);
  draw(2);
  EXPECT_FALSE(ui_.studies_prompt.is_open);
}

// Each arm draws its weights anew with each seed, so one with other weights alone is the same arm.
TEST_F(Studies, HowSureIsAskedOfSetupsAndNotOfSeeds) {
  open(app::Workspace::compare);
  Config other = with_k(2);
  other.weight_seed = 7;
  begin_beside("one", other, "weights of seed 7");
  other.seed = 9;
  begin_beside("two", other, "seed 9");
  draw(3);
  click("Runs compared/How sure?");
  EXPECT_FALSE(ui_.comparing.study_wanted) << "there is one arm";
  other.top_k = 1;
  begin_beside("two", other, "Top-k: 2 to 1");
  draw(3);
  click("Runs compared/How sure?");
  ASSERT_TRUE(ui_.comparing.study_wanted);
  const app::StudyWish& wish = *ui_.comparing.study_wanted;
  ASSERT_EQ(wish.arms.size(), 2u);
  EXPECT_EQ(wish.arms[1].called, "Top-k: 2 to 1");
  for (const app::BesideWish& arm : wish.arms) EXPECT_EQ(arm.config.weight_seed, 0);
  EXPECT_EQ(wish.seeds, 5);
  EXPECT_GE(wish.steps, 100);
  // By its name in the palette too, as long as none is at work.
  ui_.comparing.study_wanted.reset();
  const auto by_name = [&] {
    press_key(Key::p, true, true);
    draw(2);
    type("how sure");
    press_key(Key::enter);
    const bool wanted = ui_.comparing.study_wanted.has_value();
    press_key(Key::escape);
    draw(2);
    return wanted;
  };
  EXPECT_TRUE(by_name());
  ui_.comparing.study_wanted.reset();
  ui_.comparing.study.runs = true;
  EXPECT_FALSE(by_name());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
