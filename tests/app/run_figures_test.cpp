// What a headless run draws at its end: every panel, every layer, with all it asks for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "app/figure.h"
#include "app/panels/panel_table.h"
#include "app/run_figures.h"
#include "tests/app/panel_scene.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/font_library.h"
#include "tests/support/read_file.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/well_formed.h"

namespace switchyard::app {
namespace {

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
    options_.steps = steps;
    options_.figures = true;
    options_.out = (folder_.path() / "run").string();
    const auto make = [](const Config& config) -> Result<std::unique_ptr<Trainer>> {
      return std::unique_ptr<Trainer>(std::make_unique<test::FakeTrainer>(config));
    };
    const auto draw = [&](const FinishedRun& finished, const fs::path& folder) {
      auto files = draw_run_figures(finished, false, folder);
      if (files) files_ = *files;
      return files;
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
  std::vector<fs::path> files_;
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

TEST_F(RunFigures, EveryPanelOfTheTaskHasThreeFilesAndOneOfALayerThreeForEach) {
  run();
  const std::set<std::string> all = names();
  int by_layer = 0;
  for (const PanelSpec& panel : panel_table()) {
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
  EXPECT_THAT(read(folder_.path() / "run" / "figures" / "token-step40.csv"), Not(HasSubstr(",,,,")));
  EXPECT_THAT(svg("token-step40"), HasSubstr("nats in layer 0"));
}

TEST(RunFiguresOf, ARunWithoutAnyLooksDrawWhatTheyCan) {
  for (const bool points : {false, true}) {
    const scene::Scene run(points ? scene::Shape{.classes = 3, .dims = 5} : scene::Shape{});
    FinishedRun finished{run.history, &run.seen, run.status, "Once", {}, nullptr, {}, {}};
    for (int i = 0; i < 9; ++i) finished.generated.push_back({i == 4 ? "\u00e9" : "a", {0, 1, 2, 3}});
    const test::TemporaryFolder folder;
    const auto files = draw_run_figures(finished, true, folder.path() / "figures");
    ASSERT_TRUE(files) << files.error().message;
    std::vector<std::string> names;
    for (const fs::path& file : *files) names.push_back(file.filename().string());
    for (const PanelSpec& panel : panel_table()) {
      const std::string stem = file_stem(panel.title);
      // Gradients are worked out when somebody watches, and nobody can here.
      const bool drawn = suits(panel, points) && panel.id != "gradients";
      EXPECT_EQ(std::count(names.begin(), names.end(), stem + "-step50.svg") +
                    std::count(names.begin(), names.end(), stem + "-layer3-step50.svg"),
                drawn ? 1 : 0)
          << panel.title;
    }
    EXPECT_THAT(read(folder.path() / "figures" / "loss-step50.svg"),
                HasSubstr("fill=\"#ffffff\""));  // the light theme
  }
}

TEST(RunFiguresOf, ALookThatFailsIsTheError) {
  const scene::Scene run({});
  FinishedRun finished{run.history, &run.seen, run.status, {}, {}, nullptr, {}, {}};
  finished.look = [](const Watch&) -> Result<std::shared_ptr<const Snapshot>> {
    return failure("no memory to look");
  };
  const test::TemporaryFolder folder;
  const auto files = draw_run_figures(finished, false, folder.path() / "figures");
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().message, "no memory to look");
}

TEST(RunFiguresOf, AFolderThatCannotBeMadeIsNamed) {
  const scene::Scene run({});
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "figures") << "x";
  const auto files = draw_run_figures({run.history, &run.seen, run.status, {}, {}, nullptr, {}, {}}, false,
                                      folder.path() / "figures");
  ASSERT_FALSE(files);
  EXPECT_THAT(files.error().message, HasSubstr((folder.path() / "figures").string()));
}

TEST(XmlProblem, FindsWhatIsNotWellFormed) {
  EXPECT_EQ(test::xml_problem("<?xml version=\"1.0\"?>\n<a b=\"1\"><c/>x &lt; y</a>\n"), "");
  for (const char* bad : {"<a><b></a></b>", "<a", "<a b=1/>", "<a>&nbsp;</a>", "<a/><b/>", "<a b=\"1\" b=\"2\"/>",
                          "x", "<a>&</a>", ""})
    EXPECT_NE(test::xml_problem(bad), "") << bad;
}

}  // namespace
}  // namespace switchyard::app
