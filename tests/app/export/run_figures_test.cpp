// What a headless run draws at its end: every panel, every layer, with all it asks for.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <set>
#include <sstream>

#include "app/cli/headless/record_figures.h"
#include "app/export/figure.h"
#include "app/export/run_figures.h"
#include "app/panels/panel_table.h"
#include "core/base/json.h"
#include "core/insight/agreement.h"
#include "core/insight/vocabulary.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/font_library.h"
#include "tests/support/read_file.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/well_formed.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

const auto* const fonts_end = test::end_fontconfig_after_tests();

namespace fs = std::filesystem;
using test::read;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// A run of a trainer that computes nothing, drawn at its end.
class RunFigures : public ::testing::Test {
 protected:
  void run(std::int64_t steps = 40) {
    options_.mode = Mode::headless;
    options_.config.layers = 3;
    options_.config.probe_interval = 10;
    options_.config.expert_parallel = 2;
    options_.steps = steps;
    options_.figures = true;
    options_.out = (folder_.path() / "run").string();
    const auto make = [this](const Config& config) -> Result<std::unique_ptr<Trainer>> {
      return std::unique_ptr<Trainer>(std::make_unique<test::FakeTrainer>(config, test::FakeOptions{.ranks = ranks_}));
    };
    const auto draw = [&](FinishedRun finished, const fs::path& folder) {
      auto drawn = draw_run_figures(std::move(finished), {}, folder);
      if (drawn) files_ = drawn->files, told_ = drawn->told;
      return drawn;
    };
    const auto done = run_headless(options_, make, draw);
    ASSERT_TRUE(done) << done.error().message;
  }
  std::set<std::string> names() const {
    std::set<std::string> out;
    for (const fs::path& file : files_) out.insert(file.filename().string());
    return out;
  }
  std::string svg(const std::string& stem) const {
    return read(folder_.path() / "run" / "figures" / (stem + ".svg"));
  }

  test::TemporaryFolder folder_;
  Options options_;
  std::size_t ranks_ = 2;
  std::vector<fs::path> files_;
  std::vector<std::string> told_;
};

TEST_F(RunFigures, AreWholeFilesThatSayWhatTheyShow) {
  run();
  ASSERT_GT(files_.size(), 60u);
  for (const fs::path& file : files_) {
    ASSERT_GT(fs::file_size(file), 50u) << file;
    if (file.extension() != ".svg") continue;
    const std::string text = read(file);
    EXPECT_EQ(test::xml_problem(text), "") << file;
    EXPECT_THAT(text, HasSubstr("step 40")) << file;
    for (const char* reason : {"first step…", "loading the engine", "the next look brings", "from the first looks",
                               "fills with the first steps", "asked; training goes on", "nothing to show"})
      EXPECT_THAT(text, Not(HasSubstr(reason))) << file;
  }
}

// What the run showed when it learned and what its folder shows later are the same bytes.
TEST_F(RunFigures, OfARecordAreThoseOfTheRun) {
  run();
  auto finished = read_finished_run(folder_.path() / "run");
  ASSERT_TRUE(finished) << finished.error().message;
  const fs::path again = folder_.path() / "again";
  auto drawn = draw_run_figures(std::move(*finished), {}, again);
  ASSERT_TRUE(drawn) << drawn.error().message;
  EXPECT_THAT(drawn->told, ::testing::ElementsAre("no figure of Generation: there is nothing to show"));
  std::size_t same = 0;
  for (const fs::path& file : files_) {
    const std::string name = file.filename().string();
    // What the model was asked for: the text it writes, and what other routes would have made of a token.
    if (name.starts_with("generation") || name.starts_with("token-step")) continue;
    EXPECT_EQ(read(file), read(again / name)) << name;
    ++same;
  }
  EXPECT_GT(same, 80u);
}

TEST_F(RunFigures, OfOneProcessHaveNothingOfRanks) {
  ranks_ = 0;
  run();
  for (const PanelSpec& panel : panel_table())
    EXPECT_EQ(names().contains(file_stem(panel.title) + "-step40.svg") && panel.of_ranks, false) << panel.title;
  for (const std::string& told : told_) EXPECT_THAT(told, Not(HasSubstr("process"))) << told;
}

TEST_F(RunFigures, EveryPanelOfTheTaskHasThreeFilesAndOneOfALayerThreeForEach) {
  run();
  const std::set<std::string> all = names();
  int by_layer = 0;
  for (const PanelSpec& panel : panel_table()) {
    if (panel.compares || panel.asked) continue;
    const std::string stem = file_stem(panel.title);
    const bool one = all.contains(stem + "-step40.svg"), each = all.contains(stem + "-layer0-step40.svg");
    EXPECT_EQ(one || each, suits(panel, false)) << panel.title;
    if (!one && !each) continue;
    EXPECT_FALSE(one && each) << panel.title;
    by_layer += each;
    for (const char* extension : {".svg", ".png", ".csv"})
      for (int layer = 0; layer < (each ? 3 : 1); ++layer)
        EXPECT_THAT(all, Contains(stem + (each ? "-layer" + std::to_string(layer) : "") + "-step40" + extension));
    EXPECT_FALSE(all.contains(stem + "-layer3-step40.svg"));
  }
  EXPECT_GE(by_layer, 4);
  EXPECT_THAT(svg("specialization-layer2-step40"), HasSubstr(">layer 2</text>"));
}

TEST_F(RunFigures, HaveTheLooksOfTheWholeRunAndThoseThatPanelsAskFor) {
  run();
  // NMI over the looks at 10, 20, 30 and 40: its plot has an axis, and churn a look to compare with.
  EXPECT_THAT(svg("specialization-layer0-step40"), HasSubstr(">NMI</text>"));
  const std::string health = read(folder_.path() / "run" / "figures" / "router-health-step40.csv");
  const std::string header = health.substr(0, health.find('\n'));
  ASSERT_THAT(header, HasSubstr("churn [share]"));
  EXPECT_THAT(read(folder_.path() / "run" / "figures" / "gradients-layer1-step40.csv"), HasSubstr("\n1,0,"));
  // All probabilities of the token with the highest loss, not only those of its best experts; and its regret.
  std::istringstream token(read(folder_.path() / "run" / "figures" / "token-step40.csv"));
  std::size_t experts = 0;
  for (std::string line; std::getline(token, line);) {
    int layer = 0, expert = 0;
    double p = -1;
    if (std::sscanf(line.c_str(), "%d,%d,%lf", &layer, &expert, &p) < 2) continue;
    ++experts;
    EXPECT_GT(p, 0) << line;
  }
  EXPECT_EQ(experts, 24u);
  EXPECT_THAT(svg("token-step40"), HasSubstr("nats in layer 0"));
}

std::vector<std::string> lines_with(const std::string& text, const std::string& part) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (line.find(part) != std::string::npos) out.push_back(line);
  return out;
}

// A panel's table without its last column, which names the run in every row.
std::string table_of(const fs::path& file, const std::string& run) {
  std::istringstream in(read(file));
  std::string out, line;
  for (bool header = true; std::getline(in, line); header = false) {
    const std::string last = "," + (header ? std::string("run") : run);
    EXPECT_TRUE(line.ends_with(last)) << line;
    out += line.substr(0, line.size() - std::min(last.size(), line.size())) + "\n";
  }
  return out;
}

TEST_F(RunFigures, WhatTheyShowIsInTheirTables) {
  run();
  const fs::path figures = folder_.path() / "run" / "figures";
  const std::string id = *(*read_json_file(folder_.path() / "run" / "config.json"))["run"].text();
  const Snapshot look = test::fake_snapshot(options_.config, 40);
  const Assignments routes = assignments_of(look.layers[1]);
  const Agreement agreed = agreement(routes, labels_of(look, LabelKind::domain));
  const std::string table = table_of(figures / "specialization-layer1-step40.csv", id);
  // The looks of a fake model route alike: the same figures at all four.
  const std::string nmi = Cell(agreed.nmi).text();
  for (const char* step : {"10", "20", "30"})
    EXPECT_THAT(lines_with(table, fmt::format(",NMI,{},", step)),
                testing::ElementsAre(fmt::format(",,,,,,,,NMI,{},{}", step, nmi)));
  EXPECT_THAT(lines_with(table, ",NMI,40,"), testing::ElementsAre(",,,,,,,,NMI,40," + Cell(agreed.nmi).text()));
  for (const char* figure : {",NMI of first choices,", ",ARI of first choices,", ",vocabulary specialization,"})
    EXPECT_EQ(lines_with(table, figure).size(), 4u) << figure;
  EXPECT_THAT(lines_with(table, ",vocabulary specialization,40,"),
              testing::ElementsAre(testing::EndsWith(
                  "," + Cell(vocabulary_specialization(routes, *look.tokens, {}).value).text())));

  // The token's regret, and every route that was tried: 27 of 28 pairs of experts, the own one aside.
  const std::string token = table_of(figures / "token-step40.csv", id);
  ASSERT_EQ(lines_with(token, ",regret,").size(), 1u);
  const std::vector<std::string> routes_tried = lines_with(token, ",loss by this route minus by its own,");
  EXPECT_EQ(routes_tried.size(), 10u);  // as many as a fake trainer tries at once
  const double best = std::stod(routes_tried.front().substr(routes_tried.front().rfind(',') + 1));
  const std::string regret = lines_with(token, ",regret,")[0];
  EXPECT_NEAR(std::stod(regret.substr(regret.rfind(',') + 1)), std::max(0.0, -best), 1e-6);
  EXPECT_EQ(lines_with(token, ",loss of the next token,").size(), 1u);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
