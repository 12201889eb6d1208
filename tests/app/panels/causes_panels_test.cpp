// Questions asked in the window: what a panel says before the answer, while it is worked out, and of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "app/cli/causes/cause_reading.h"
#include "app/panels/causes/ablation_view.h"
#include "app/run/cause_asking.h"
#include "tests/app/panels/panel_bench.h"
#include "tests/causes/fake_model.h"
#include "tests/causes/sample_reports.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using test::FakeModel;
using testing::HasSubstr;

double any(std::size_t token, std::int32_t expert) {
  return static_cast<double>((token * 31 + static_cast<std::size_t>(expert) * 17) % 97) / 97;
}

// Expert 0 is worth ten times the others to domain 0, where it is liked; expert 3 is never chosen. Or none is
// worth more than another.
FakeModel model(bool specialised) {
  FakeModel model;
  model.likes = [specialised](std::size_t, std::size_t token, std::int32_t expert) {
    if (expert == 3) return -9.0;
    if (specialised && expert == 0) return FakeModel().domain_of(token) == 0 ? 2.0 : any(token, expert);
    return any(token, expert);
  };
  model.worth = [specialised](std::size_t, std::size_t token, std::int32_t expert) {
    return specialised && expert == 0 && FakeModel().domain_of(token) == 0 ? 1.0 : 0.1;
  };
  return model;
}

std::shared_ptr<const CauseReport> ablation(bool specialised, std::int64_t step = 400) {
  CauseReport report;
  report.asked.what = Cause::ablate;
  report.step = step;
  report.config.experts = 4;
  Trials trials(model(specialised));
  auto found = ablate({}, trials);
  EXPECT_TRUE(found);
  report.found = std::move(*found);
  return std::make_shared<const CauseReport>(std::move(report));
}

std::shared_ptr<const CauseReport> steering() {
  CauseReport report;
  report.asked.what = Cause::steer;
  report.asked.steering.label = "domain 0";
  report.step = 400;
  report.config.experts = 4;
  Trials trials(model(true));
  auto found = steering_sweep(report.asked.steering, trials);
  EXPECT_TRUE(found);
  report.found = std::move(*found);
  return std::make_shared<const CauseReport>(std::move(report));
}

struct CauseBench : Bench {
  explicit CauseBench(Cause what, std::shared_ptr<const CauseReport> report = {})
      : Bench(file_of(what), {.layers = 1, .experts = 4}, {900, 500}), cause(what) {
    run.view.id = "here";
    run.view.causes[static_cast<std::size_t>(what)] = std::move(report);
    state().run = "here";
    frame();
    frame();
  }
  CauseState& state() { return ui.causes[cause]; }
  std::string text(const std::string& name) {
    const Registry::Item* item = window.registry.find(std::string(title_of(cause)) + "/" + name);
    return item ? item->text : std::string("none");
  }
  Cause cause;
};

TEST(CausesPanels, AreAskedWithAClick) {
  CauseBench ablate(Cause::ablate);
  EXPECT_EQ(ablate.why_not(), "nobody has asked it yet");
  EXPECT_TRUE(ablate.table().empty());
  ASSERT_TRUE(ablate.click("Ablation/Ablate"));
  EXPECT_TRUE(ablate.state().wanted);
  EXPECT_TRUE(ablate.out.empty()) << "the model that learns hears nothing of it";
  CauseBench steer(Cause::steer);
  ASSERT_TRUE(steer.click("Steering sweep/Steer"));
  EXPECT_TRUE(steer.state().wanted);
  EXPECT_FALSE(steer.state().asked.steering.label.empty()) << "of the first domain, unless somebody says another";
}

TEST(CausesPanels, TellHowFarTheyAreAndAreCancelled) {
  CauseBench bench(Cause::ablate);
  bench.state().doing = CauseState::Doing::tries;
  bench.state().done = 1120, bench.state().planned = 3400;
  bench.state().seconds = 1120;
  bench.frame();
  EXPECT_THAT(bench.text("progress"), HasSubstr("trial 1,120 of 3,400 · "));
  EXPECT_EQ(bench.window.registry.find("Ablation/Ablate"), nullptr);
  ASSERT_TRUE(bench.click("Ablation/Cancel"));
  EXPECT_TRUE(bench.state().cancel_wanted);
  bench.state().ends = true;
  bench.frame();
  EXPECT_EQ(bench.text("progress"), "ends with this trial…");

  bench.state() = {};
  bench.state().run = "here";
  bench.state().doing = CauseState::Doing::waits;
  bench.ui.causes[Cause::zoo].doing = CauseState::Doing::tries;
  bench.frame();
  EXPECT_EQ(bench.text("progress"), "waits for Router zoo");
  bench.state().run = "elsewhere";
  bench.frame();
  EXPECT_EQ(bench.text("progress"), "another run: waits for Router zoo");
}

TEST(CausesPanels, SayWhyThereIsNoAnswer) {
  CauseBench bench(Cause::ablate);
  bench.state().why_not = "no expert 9";
  bench.frame();
  EXPECT_EQ(bench.text("why not"), "no expert 9");
  const auto refuses = [&](auto change) {
    auto config = std::make_shared<Config>(*bench.run.status.config);
    change(*config);
    bench.run.status.config = config;
    bench.frame();
    return bench.why_not();
  };
  EXPECT_THAT(refuses([](Config& c) { c.gate = Gate::soft; }), HasSubstr("soft mixes all tokens"));
  CauseBench steer(Cause::steer);
  auto hash = std::make_shared<Config>(*steer.run.status.config);
  hash->gate = Gate::hash;
  steer.run.status.config = hash;
  steer.frame();
  EXPECT_THAT(steer.why_not(), HasSubstr("logits"));
  CauseBench record(Cause::ablate);
  record.run.status.state = RunState::opened;
  record.run.status.run_folder = "/runs/b";
  record.frame();
  EXPECT_THAT(record.why_not(), HasSubstr("no step of this run is kept"));
  record.run.view.kept_steps = {{10, "", "", 1, "/runs/b/10"}};
  record.frame();
  EXPECT_EQ(record.why_not(), "nobody has asked it yet");
}

TEST(CausesPanels, AnAnswerSaysOfWhichStepItIs) {
  CauseBench bench(Cause::ablate, ablation(true));
  bench.run.status.step = 1250;
  const PanelInput in = bench.run.input();
  EXPECT_EQ(of_step(in, *report_of(in, Cause::ablate)), "of step 400; now 1,250");
  bench.run.status.step = 400;
  EXPECT_EQ(of_step(in, *report_of(in, Cause::ablate)), "of step 400");
  EXPECT_EQ(found_of<SteeringSweep>(in, Cause::ablate), nullptr);
  ASSERT_TRUE(bench.click("Ablation/Again"));
  EXPECT_TRUE(bench.state().wanted);
}

TEST(CausesPanels, AblationNamesWhatReplicatesAndLightsWhoIsClicked) {
  CauseBench bench(Cause::ablate, ablation(true));
  EXPECT_EQ(bench.why_not(), "");
  EXPECT_THAT(bench.text("label 0"), HasSubstr("E00 serves domain 0: +1.000 nats without it"));
  EXPECT_EQ(bench.text("no label"), "none");
  EXPECT_EQ(bench.text("overall effect"), "5 rows") << "four experts and the layer";
  ASSERT_TRUE(bench.click("Ablation/overall effect"));
  EXPECT_EQ(bench.ui.pinned_expert, 2) << "the row in the middle";

  const Table table = bench.table();
  ASSERT_FALSE(table.empty());
  EXPECT_EQ(table.columns()[7], "effect [nats]");
  bool first = false;
  for (const auto& row : table.rows()) {
    if (row[1].text() == "3") {
      EXPECT_EQ(row[7].text(), "0") << "nobody chooses it";
    }
    if (row[1].text() != "0" || row[5].text() != "domain 0") continue;
    first = true;
    EXPECT_NEAR(std::stod(row[7].text()), 1.0, 1e-6);
    EXPECT_EQ(row[13].text(), "1");
  }
  EXPECT_TRUE(first);
}

TEST(CausesPanels, AblationOfAlikeExpertsSaysNothingBeyondChance) {
  CauseBench bench(Cause::ablate, ablation(false));
  EXPECT_THAT(bench.text("no label"), HasSubstr("Nothing beyond chance"));
  EXPECT_EQ(bench.text("label 0"), "none");
  const AblationView view = ablation_view(std::get<AblationReport>(bench.run.view.causes[0]->found), 0, 4,
                                          AblationGroups::most_affected, 3);
  EXPECT_EQ(view.labelled, 0);
  EXPECT_EQ(view.rows.size(), 5u);
  EXPECT_EQ(view.groups.size(), 3u) << "as many as there is room for";
}

TEST(CausesPanels, TheGroupsOfAnAblationAreChosen) {
  const auto report = ablation(true);
  const AblationReport& found = std::get<AblationReport>(report->found);
  const AblationView most = ablation_view(found, 0, 4, AblationGroups::most_affected, 1);
  EXPECT_THAT(most.group_names, testing::ElementsAre("domain 0")) << "what replicates comes first";
  EXPECT_THAT(ablation_view(found, 0, 4, AblationGroups::labels, 9).group_names,
              testing::ElementsAre("domain 0", "domain 1"));
  EXPECT_THAT(ablation_view(found, 0, 4, AblationGroups::characters, 9).group_names,
              testing::UnorderedElementsAre("'A'", "'B'"));
  EXPECT_NEAR(most.scale_nats, 0.9, 0.11) << "its effect less its control's";
}

TEST(CausesPanels, ASteeringSweepIsDrawnAndTold) {
  CauseBench bench(Cause::steer, steering());
  EXPECT_EQ(bench.why_not(), "");
  EXPECT_THAT(bench.text("steered"), HasSubstr("What domain 0 has most of: E00"));
  EXPECT_EQ(bench.text("steered loss"), "3 curves") << "all tokens and two domains";
  EXPECT_EQ(bench.text("steered mix"), "2 labels");
  const Table table = bench.table();
  ASSERT_EQ(table.rows().size(), 11u);
  EXPECT_EQ(table.columns()[0], "alpha");
  EXPECT_EQ(table.rows()[5][0].text(), "0");
  EXPECT_LT(std::stod(table.rows()[0][3].text()), std::stod(table.rows()[10][3].text()))
      << "liked more, they are chosen more";
}

// Written into a run's folder and read back, a panel draws the same.
TEST(CausesPanels, OfAnAnswerThatWasReadBackTheyShowTheSame) {
  for (std::size_t c = 0; c < kCauses; ++c) {
    const auto what = static_cast<Cause>(c);
    SCOPED_TRACE(file_of(what));
    const CauseReport report = test::sample_report(what);
    auto read = cause_of_json(what, 0, kept_cause_json(report), Config{}, "FILE");
    ASSERT_TRUE(read) << read.error().message;
    const char* const names[] = {"label 0",          "no label",         "overall effect", "steered",
                                 "steered loss",     "steered mix",      "losses",         "against what",
                                 "route diff words", "route diff matrix"};
    Table was;
    std::vector<std::string> said;
    {
      CauseBench before(what, std::make_shared<const CauseReport>(report));
      for (const char* name : names) said.push_back(before.text(name));
      was = before.table();
    }
    CauseBench after(what, std::make_shared<const CauseReport>(std::move(*read)));
    EXPECT_EQ(after.why_not(), "");
    for (std::size_t i = 0; i < std::size(names); ++i) EXPECT_EQ(after.text(names[i]), said[i]) << names[i];
    const Table is = after.table();
    ASSERT_FALSE(was.empty());
    EXPECT_EQ(is.columns(), was.columns());
    ASSERT_EQ(is.rows().size(), was.rows().size());
    for (std::size_t r = 0; r < was.rows().size(); ++r)
      for (std::size_t i = 0; i < was.rows()[r].size(); ++i)
        EXPECT_EQ(is.rows()[r][i].text(), was.rows()[r][i].text()) << r << " " << i;
  }
}

TEST(CausesPanels, AnEarlierAnswerIsChosenAmongThoseKept) {
  CauseBench bench(Cause::zoo, std::make_shared<const CauseReport>(test::sample_report(Cause::zoo)));
  EXPECT_EQ(bench.window.registry.find("Router zoo/answer"), nullptr) << "of one there is no choice";
  bench.run.view.kept_answers[static_cast<std::size_t>(Cause::zoo)] = {{90, "/a/zoo-90.json"},
                                                                       {400, "/a/zoo-400.json"}};
  bench.frame();
  EXPECT_EQ(bench.text("answer"), "of step 400");
  ASSERT_TRUE(bench.click("Router zoo/answer"));
  ASSERT_TRUE(bench.click("Router zoo/answer/of step 90"));
  EXPECT_EQ(bench.state().file_wanted, "/a/zoo-90.json");
}

// Whatever of a broken file can be read can be drawn.
TEST(CausesPanels, MutantsOfAnAnswerAreDrawnOrRefused) {
  int drawn = 0;
  for (std::size_t c = 0; c < kCauses; ++c) {
    const auto what = static_cast<Cause>(c);
    const std::string text = kept_cause_json(test::sample_report(what));
    std::size_t number = 0;
    const char* const pieces[] = {"null", "-1", "0", "1e29", "65535", "3999", "[]", "true"};
    CauseBench bench(what);
    // Each value in turn is another.
    for (std::size_t at = text.find(": "); at != std::string::npos; at = text.find(": ", at + 2)) {
      if (++number % 7 != 0 && number > 200) continue;
      std::string mutant = text;
      const std::size_t end = text.find_first_of(",\n", at);
      mutant.replace(at + 2, end - at - 2, pieces[number % std::size(pieces)]);
      auto read = cause_of_json(what, 7, mutant, Config{}, "FILE");
      if (!read) continue;
      ++drawn;
      bench.run.view.causes[c] = std::make_shared<const CauseReport>(std::move(*read));
      bench.frame();
      (void)bench.table();
    }
  }
  EXPECT_GT(drawn, 100);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
