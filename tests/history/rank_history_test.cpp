#include "core/history/rank_history.h"

#include <gtest/gtest.h>

#include "core/history/history.h"
#include "tests/support/fake_ranks.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

StepRecord step(std::int64_t number, std::size_t ranks, float compute = 0) {
  StepRecord record;
  record.step = number;
  record.step_ms = 20, record.tokens_per_s = 100'000;
  record.ranks = test::fake_ranks(number, ranks);
  if (compute > 0)
    for (RankRecord& rank : record.ranks) rank.compute_ms = compute;
  return record;
}

TEST(RankHistoryTest, KeepsARowAStep) {
  RankHistory history;
  EXPECT_FALSE(history.up_to(5));
  for (int s = 3; s <= 10; ++s) history.append(step(s, 3, static_cast<float>(s)));
  ASSERT_EQ(history.rows().size(), 8u);
  EXPECT_EQ(history.rows()[0].ranks[2].compute_ms, 3);
  EXPECT_DOUBLE_EQ(history.rows()[0].tokens, 2000);
  EXPECT_FALSE(history.up_to(2));
  const auto four = history.up_to(8, 4);
  ASSERT_TRUE(four);
  EXPECT_EQ(four->first, 5);
  EXPECT_EQ(four->last, 8);
  EXPECT_EQ(four->records, 4u);
  EXPECT_FLOAT_EQ(four->ranks[0].compute_ms, 6.5F);
  EXPECT_EQ(history.up_to(100)->records, 8u);
  StepRecord alone = step(11, 3);
  alone.ranks.clear();
  history.append(alone);
  EXPECT_EQ(history.rows().size(), 8u);
}

TEST(RankHistoryTest, RowsAreJoinedEvenlyAndMeansHold) {
  RankHistory history(32);
  for (int s = 1; s <= 1000; ++s) history.append(step(s, 2, static_cast<float>(s)));
  ASSERT_LE(history.rows().size(), 32u);
  ASSERT_GE(history.rows().size(), 16u);
  std::int64_t before = 0;
  for (const RankHistory::Row& row : history.rows()) {
    EXPECT_EQ(row.first, before + 1);
    EXPECT_EQ(static_cast<std::int64_t>(row.records), row.last - row.first + 1);
    EXPECT_NEAR(row.ranks[1].compute_ms, static_cast<double>(row.first + row.last) / 2, 0.01);
    before = row.last;
  }
  EXPECT_EQ(before, 1000);
}

TEST(RankHistoryTest, WaitsAreTheMeanOfTheStepsOwn) {
  RankHistory history;
  for (int s = 1; s <= 40; ++s) {
    StepRecord record = step(s, 2);
    // They take turns: on the mean nobody is late.
    record.ranks[0].exchange_ms = s % 2 ? 8 : 2, record.ranks[1].exchange_ms = s % 2 ? 2 : 8;
    history.append(record);
  }
  const auto mean = history.up_to(40);
  ASSERT_TRUE(mean);
  EXPECT_FLOAT_EQ(mean->ranks[0].exchange_ms, 5);
  EXPECT_FLOAT_EQ(mean->waits[0].exchange_ms, 3);
  EXPECT_FLOAT_EQ(mean->waits[1].exchange_ms, 3);
}

TEST(RankHistoryTest, StretchesAreMeansOfNeighbours) {
  RankHistory history;
  EXPECT_TRUE(history.stretches(0, 9, 5).empty());
  for (int s = 1; s <= 100; ++s) history.append(step(s, 2, static_cast<float>(s)));
  const auto ten = history.stretches(1, 100, 10);
  ASSERT_EQ(ten.size(), 10u);
  EXPECT_EQ(ten[3].first, 31);
  EXPECT_EQ(ten[3].last, 40);
  EXPECT_FLOAT_EQ(ten[3].ranks[0].compute_ms, 35.5F);
  const auto few = history.stretches(20, 24, 10);
  ASSERT_EQ(few.size(), 7u);  // and one on either side
  EXPECT_EQ(few.front().first, 19);
  EXPECT_EQ(few.back().last, 25);
  EXPECT_EQ(history.stretches(-9, -3, 10).size(), 1u);
  EXPECT_EQ(history.stretches(500, 900, 10).size(), 1u);
}

TEST(RankHistoryTest, OtherRanksAreNotMixed) {
  RankHistory history(16);
  for (int s = 1; s <= 100; ++s) history.append(step(s, 2));
  for (int s = 101; s <= 110; ++s) history.append(step(s, 4));
  const auto now = history.up_to(110);
  ASSERT_TRUE(now);
  EXPECT_EQ(now->ranks.size(), 4u);
  EXPECT_GE(now->first, 101);
  EXPECT_EQ(history.up_to(50)->ranks.size(), 2u);
}

TEST(RankHistoryTest, ForgetsWhatCameAfter) {
  RankHistory history(32);
  for (int s = 1; s <= 1000; ++s) history.append(step(s, 2));
  history.forget_after(500);
  EXPECT_EQ(history.rows().back().last, 500);
  history.append(step(501, 2));
  EXPECT_EQ(history.rows().back().last, 501);
  history.forget_after(0);
  EXPECT_TRUE(history.empty());
}

TEST(RankHistoryTest, StaysWithinItsBytesAtManyRanks) {
  RankHistory history(2000, 4 << 20);
  for (int s = 1; s <= 3000; ++s) history.append(step(s, 64));
  EXPECT_LE(history.bytes(), std::size_t{4} << 20);
  EXPECT_GE(history.rows().size(), 64u);
  EXPECT_EQ(history.rows().back().last, 3000);
}

TEST(RankHistoryTest, AHistoryKeepsThemAndGoesBackWithThem) {
  History history;
  for (int s = 1; s <= 40; ++s) history.append(step(s, 2));
  EXPECT_EQ(history.ranks().rows().size(), 40u);
  history.append(step(21, 2));
  EXPECT_EQ(history.ranks().rows().size(), 21u);
  history.go_on_from(10);
  EXPECT_EQ(history.ranks().rows().back().last, 10);
  history.go_on_from(0);
  EXPECT_TRUE(history.ranks().empty());
  const std::size_t none = history.bytes();
  for (int s = 1; s <= 40; ++s) history.append(step(s, 2));
  EXPECT_GT(history.bytes(), none + 40 * 2 * sizeof(RankRecord));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
