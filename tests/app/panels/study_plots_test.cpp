// The figures of studies: the verdict as intervals, a sweep as lines with bands or as a heatmap.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "app/panels/compare/sweep_plot.h"
#include "app/panels/compare/verdict_plot.h"
#include "core/study/sweep_plan.h"
#include "tests/support/temporary_folder.h"
#include "viz/canvas/canvas_svg.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

viz::CanvasSvg sheet() {
  return viz::CanvasSvg({}, {}, [](std::string_view text, viz::Font) {
    return viz::Point{6 * static_cast<float>(text.size()), 12};
  });
}

std::string verdicts(const std::vector<Verdict>& all, const viz::Theme& theme) {
  viz::CanvasSvg canvas = sheet();
  draw_verdict_plot(canvas, {0, 0, 420, verdict_plot_height(all)}, "A", all, "nats a token", theme, 1);
  return canvas.document({});
}

Verdict verdict(Finding finding, double difference, double half_width, bool provisional = false) {
  return {.name = "B",
          .finding = finding,
          .seeds = 3,
          .difference = difference,
          .half_width = half_width,
          .is_provisional = provisional};
}

TEST(VerdictPlot, EveryFindingHasItsWords) {
  EXPECT_EQ(words_of_finding(verdict(Finding::better, -1, 0.5)), "better");
  EXPECT_EQ(words_of_finding(verdict(Finding::worse, 1, 0.5, true)), "worse, so far");
  EXPECT_EQ(words_of_finding(verdict(Finding::undecided, 0, 0.5)), "cannot be told");
  EXPECT_EQ(words_of_finding(verdict(Finding::too_few_seeds, 0, 0, true)), "too few seeds");
  EXPECT_EQ(words_of_finding(verdict(Finding::diverged, 0, 0)), "diverged");
}

TEST(VerdictPlot, AnIntervalIsDrawnWhereThereIsOneAndZeroWithIt) {
  for (const viz::Theme& theme : {viz::dark(), viz::light()}) {
    const std::string few = verdicts({verdict(Finding::too_few_seeds, -1, 0)}, theme);
    EXPECT_THAT(few, AllOf(HasSubstr("too few seeds"), Not(HasSubstr("circle")), Not(HasSubstr("below 0"))));
    const std::string better = verdicts({verdict(Finding::better, -1, 0.5)}, theme);
    EXPECT_THAT(better, AllOf(HasSubstr(">better<"), HasSubstr("circle"), HasSubstr("below 0 is better")));
    // Told apart by its shape too.
    const std::string worse = verdicts({verdict(Finding::worse, 1, 0.5)}, theme);
    EXPECT_THAT(worse, AllOf(HasSubstr(">worse<"), Not(HasSubstr("circle"))));
  }
}

class SweepFigure : public testing::Test {
 protected:
  StudyPlan plan_of(std::vector<StudyAxis> axes) {
    auto plan = make_sweep_plan(Config{}, std::move(axes), {.steps = 100, .seeds = 3});
    EXPECT_TRUE(plan) << plan.error().message;
    EXPECT_TRUE(settle_study(folder(), *plan));
    return std::move(*plan);
  }
  std::filesystem::path folder() const { return folder_.path() / "sweep"; }
  void end(const StudyPlan& plan, std::size_t arm, std::int64_t seed, double loss) {
    const std::filesystem::path run = run_folder_of(folder(), plan.arms[arm], seed);
    std::filesystem::create_directories(run);
    EXPECT_TRUE(write_result(run, {.step = 100, .val_loss = loss}));
  }
  struct Drawn {
    std::vector<SweepPlot::Part> parts;
    std::string svg;
  };
  Drawn drawn(const StudyPlan& plan) {
    const auto results = read_sweep(folder(), plan);
    EXPECT_TRUE(results) << results.error().message;
    const SweepPlot plot(*results);
    viz::CanvasSvg canvas = sheet();
    for (std::size_t i = 0; i < plot.parts().size(); ++i) plot.draw(canvas, i, {0, 0, 430, 220}, viz::dark(), 1);
    return {plot.parts(), canvas.document({})};
  }

  test::TemporaryFolder folder_;
};

TEST_F(SweepFigure, OfTwoKnobsIsAHeatmap) {
  const StudyPlan plan = plan_of({{"top_k", {"1", "2"}}, {"experts", {"4", "8"}}});
  EXPECT_THAT(drawn(plan).svg, HasSubstr("no combination has a loss"));
  double loss = 1.25;
  for (std::size_t arm = 0; arm < 4; ++arm, loss += 0.25)
    for (const std::int64_t seed : {1, 2, 3}) end(plan, arm, seed, loss + 1e-3 * static_cast<double>(seed * seed));
  const Drawn whole = drawn(plan);
  ASSERT_EQ(whole.parts.size(), 1u);
  EXPECT_EQ(whole.parts[0].title, "Validation loss by top_k and experts");
  EXPECT_THAT(whole.parts[0].what, HasSubstr("framed: may be the best"));
  for (const char* cell : {"1.2547", "1.5047", "1.7547", "2.0047"}) EXPECT_THAT(whole.svg, HasSubstr(cell));
}

// Before the last seed: of the seeds at which every one has ended, so that all are of the same ground.
TEST_F(SweepFigure, OfOneThatStillLearnsIsOfTheSeedsThatAllHave) {
  const StudyPlan plan = plan_of({{"top_k", {"1", "2"}}, {"experts", {"4", "8"}}});
  for (std::size_t arm = 0; arm < 4; ++arm) end(plan, arm, 1, 1.25 + 0.25 * static_cast<double>(arm));
  end(plan, 0, 2, 9);
  const Drawn part = drawn(plan);
  EXPECT_THAT(part.parts[0].what, AllOf(HasSubstr("mean over 1 of 3 seeds"), Not(HasSubstr("best"))));
  EXPECT_THAT(part.svg, AllOf(HasSubstr("1.2500"), HasSubstr("2.0000"), Not(HasSubstr("5.1250"))));
}

TEST_F(SweepFigure, OfMoreKnobsIsALineACombinationAndThenEachKnob) {
  const StudyPlan plan = plan_of({{"top_k", {"1", "2"}}, {"experts", {"4", "8"}}, {"noise_std", {"0", "0.5"}}});
  for (std::size_t arm = 0; arm < 8; ++arm)
    for (const std::int64_t seed : {1, 2, 3})
      end(plan, arm, seed, 1.25 + 0.25 * static_cast<double>(arm) + 1e-3 * static_cast<double>(seed * seed));
  const Drawn whole = drawn(plan);
  ASSERT_EQ(whole.parts.size(), 4u);
  EXPECT_EQ(whole.parts[0].title, "Validation loss by all 3 knobs");
  EXPECT_THAT(whole.parts[0].what, HasSubstr("bright: may be the best"));
  EXPECT_EQ(whole.parts[3].title, "Validation loss by noise_std");
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = whole.svg.find("<polyline", at)) != std::string::npos; ++at) ++lines;
  EXPECT_GE(lines, 8u);
  for (const char* name : {"top_k", "experts", "noise_std"}) EXPECT_THAT(whole.svg, HasSubstr(name));
}

TEST_F(SweepFigure, OfOneKnobIsALineWithTheRangeOfItsSeeds) {
  const StudyPlan plan = plan_of({{"learning_rate", {"0.001", "0.003", "0.01"}}});
  for (std::size_t arm = 0; arm < 3; ++arm)
    for (const std::int64_t seed : {1, 2, 3}) end(plan, arm, seed, 1 + 0.1 * static_cast<double>(seed));
  const Drawn whole = drawn(plan);
  ASSERT_EQ(whole.parts.size(), 1u);
  EXPECT_EQ(whole.parts[0].title, "Validation loss by learning_rate");
  EXPECT_THAT(whole.parts[0].what, HasSubstr("shaded: least to largest over seeds"));
  EXPECT_THAT(whole.svg,
              AllOf(HasSubstr("polygon"), HasSubstr("polyline"), HasSubstr("learning_rate, logarithmic")));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
