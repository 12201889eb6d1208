// Several processes that train one model: what the panels show of them, and what they say of one process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/app/panels/panel_bench.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

double number(const Table& table, std::size_t row, std::size_t column) {
  return std::stod(table.rows()[row][column].text());
}

TEST(RankPanels, SayOfOneProcessThatItIsOneAndHowSeveralAreBegun) {
  for (const char* panel : {"rank-times", "rank-course", "rank-tokens", "rank-balance"}) {
    Bench bench(panel, {.ranks = 0});
    bench.frame();
    bench.frame();
    EXPECT_EQ(bench.why_not(), "one process trains this model") << panel;
    EXPECT_TRUE(bench.table().empty()) << panel;
  }
  Bench card("rank-balance", {.ranks = 0});
  card.frame();
  ASSERT_TRUE(card.window.registry.find("Cost of imbalance/start ranks"));
  EXPECT_EQ(card.window.registry.find("Cost of imbalance/start ranks")->text,
            "switchyard --headless --ranks 2 --out DIR");
  EXPECT_EQ(card.window.registry.find("Cost of imbalance/follow ranks")->text, "switchyard --follow DIR");
}

TEST(RankPanels, SeveralAreBegunAndCheckedWithAClick) {
  Bench card("rank-balance", {.ranks = 0});
  card.run.status.config = std::make_shared<Config>();
  card.run.status.state = RunState::playing;
  card.frame();
  ASSERT_TRUE(card.click("Cost of imbalance/Train with 2 processes"));
  ASSERT_TRUE(card.ui.ranks.wanted);
  EXPECT_EQ(card.ui.ranks.wanted->processes, 2);
  ASSERT_TRUE(card.click("Cost of imbalance/Self-check"));
  EXPECT_TRUE(card.ui.ranks.check_wanted);
  card.ui.ranks.check_words = "2x1: 31 of 32";
  card.frame();
  EXPECT_EQ(card.window.registry.find("Cost of imbalance/self-check words")->text, "2x1: 31 of 32");
  // What two cannot share is said in place of the button.
  auto odd = std::make_shared<Config>();
  odd->batch_size = 3;
  card.run.status.config = odd;
  card.frame();
  card.frame();
  EXPECT_FALSE(card.window.registry.find("Cost of imbalance/Train with 2 processes"));
}

TEST(RankPanels, ThoseBegunHereAreEndedWithAClick) {
  Bench card("rank-balance");
  card.frame();
  EXPECT_FALSE(card.window.registry.find("Cost of imbalance/Save and end them"));
  card.ui.ranks.run = true;
  card.ui.ranks.folder = card.run.status.run_folder = "/runs/two";
  card.frame();
  ASSERT_TRUE(card.click("Cost of imbalance/Save and end them"));
  EXPECT_TRUE(card.ui.ranks.end_wanted);
}

TEST(RankPanels, TokensStayWhereNoExpertsAreSharedOut) {
  Bench bench("rank-tokens");
  bench.run.view.history.clear();
  StepRecord step = scene::record({}, 1);
  for (RankRecord& rank : step.ranks) rank.rows.clear();
  bench.run.view.history.append(step);
  bench.frame();
  EXPECT_EQ(bench.why_not(), "every rank has all experts: no token leaves its rank");
}

TEST(RankPanels, TimesAreTheMeanOfTheLastTwentySteps) {
  Bench bench("rank-times", {.steps = 50});
  const Table table = bench.table();
  ASSERT_EQ(table.rows().size(), 3u);
  EXPECT_NEAR(number(table, 0, 1), 10.1, 1e-4);        // 10 + 0.05 times the mean of 0 to 4
  EXPECT_NEAR(number(table, 1, 1), 10.3 + 4.2, 1e-4);  // rank 1 takes longer
  EXPECT_NEAR(number(table, 1, 4), 0, 1e-4);           // and waits for nobody
  EXPECT_NEAR(number(table, 0, 4), 4.2, 1e-4);
  EXPECT_NEAR(number(table, 0, 5), 2000 / 3.0 / 0.0101, 1);
  EXPECT_EQ(table.rows()[0][7].text(), "31");
  EXPECT_EQ(table.rows()[0][8].text(), "50");
  const auto* said = bench.window.registry.find("Time of each rank/slowest");
  ASSERT_TRUE(said);
  EXPECT_THAT(said->text, HasSubstr("rank 1 is slowest, 1.2"));
}

TEST(RankPanels, ShowTheMomentThatIsLookedBackAt) {
  Bench bench("rank-times", {.steps = 50});
  bench.run.seen.step = 10;
  bench.ui.timeline.shown = scene::borrowed(bench.run.seen);
  const Table table = bench.table();
  ASSERT_EQ(table.rows().size(), 3u);
  EXPECT_EQ(table.rows()[0][7].text(), "1");
  EXPECT_EQ(table.rows()[0][8].text(), "10");
}

TEST(RankPanels, BarsAndCellsTellOfThemselves) {
  Bench times("rank-times");
  EXPECT_TRUE(times.hover("Time of each rank/bars"));
  Bench tokens("rank-tokens");
  EXPECT_TRUE(tokens.hover("Tokens between ranks/matrix"));
  const Table table = tokens.table();
  ASSERT_EQ(table.rows().size(), 9u);
  EXPECT_EQ(table.rows()[1][0].text(), "0");
  EXPECT_EQ(table.rows()[1][1].text(), "1");
  EXPECT_NEAR(number(table, 1, 2), 422, 1e-3);
  EXPECT_NEAR(number(table, 1, 3), 422.0 / (200 + 422 + 206), 1e-6);
  const auto* words = tokens.window.registry.find("Tokens between ranks/tokens in words");
  ASSERT_TRUE(words);
  EXPECT_THAT(words->text, HasSubstr("Rank 1's experts get 1."));
}

TEST(RankPanels, SentencesComeWithTheirFigures) {
  Bench bench("rank-balance");
  bench.frame();
  for (const char* name : {"slow", "waits", "even", "how"})
    EXPECT_TRUE(bench.window.registry.find(std::string("Cost of imbalance/") + name)) << name;
  EXPECT_THAT(bench.window.registry.find("Cost of imbalance/slow")->text, HasSubstr("Rank 1 computes 1.2"));
  EXPECT_THAT(bench.window.registry.find("Cost of imbalance/even")->text,
              HasSubstr("With perfect balance the step would have taken"));
  const Table table = bench.table();
  ASSERT_EQ(table.rows().size(), 9u);
  // Its step less its waiting is the step with perfect balance.
  EXPECT_NEAR(number(table, 3, 1) - number(table, 4, 1), number(table, 5, 1), 1e-6);
}

TEST(RankPanels, CoursesHaveALineARankAndOfManyTheirRange) {
  Bench few("rank-course");
  EXPECT_EQ(few.table().columns().size(), 1u + 2 * 3);
  EXPECT_EQ(few.table().rows().size(), 50u);
  Bench many("rank-course", {.ranks = 40});
  EXPECT_EQ(many.table().columns().size(), 1u + 2 * 3);
  EXPECT_EQ(many.table().columns()[1], "most: waiting [share of the step]");
}

TEST(RankPanels, DrawManyRanksInAnySize) {
  for (const char* panel : {"rank-times", "rank-course", "rank-tokens", "rank-balance"})
    for (const std::size_t ranks : {std::size_t{1}, std::size_t{2}, std::size_t{64}})
      for (const ImVec2 size : {ImVec2(640, 360), ImVec2(180, 90), ImVec2(20, 20)}) {
        Bench bench(panel, {.ranks = ranks}, size);
        bench.window.move({100, 60});
        bench.frame();
        bench.frame();
        EXPECT_EQ(bench.why_not(), "") << panel;
        EXPECT_FALSE(bench.table().empty()) << panel;
      }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
