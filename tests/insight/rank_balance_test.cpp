// Who waits for whom, by hand.
#include "core/insight/rank_balance.h"

#include <gtest/gtest.h>

#include <cmath>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

// Rank 1 works 14 ms, the others wait for it: 6 ms of exchanges and 2 of sums are waiting.
std::vector<RankRecord> three() {
  return {{8, 7, 3, 1, {10, 20, 0}}, {14, 2, 2, 1, {10, 40, 10}}, {8, 8, 2, 1, {0, 20, 10}}};
}

TEST(RankBalanceTest, WaitsAreWhatARankSpendsBeyondTheLeast) {
  const RankBalance b = rank_balance(three(), 3000);
  ASSERT_EQ(b.ranks.size(), 3u);
  EXPECT_DOUBLE_EQ(b.ranks[0].wait_ms, 5 + 1);
  EXPECT_DOUBLE_EQ(b.ranks[1].wait_ms, 0);
  EXPECT_DOUBLE_EQ(b.ranks[2].wait_ms, 6);
  for (const RankShare& rank : b.ranks) {
    EXPECT_DOUBLE_EQ(rank.exchange_ms, 2);
    EXPECT_DOUBLE_EQ(rank.sum_ms, 2);
    EXPECT_DOUBLE_EQ(rank.total_ms(), 18);
  }
  EXPECT_DOUBLE_EQ(b.step_ms, 18);
  EXPECT_DOUBLE_EQ(b.wait_ms, 4);
  EXPECT_DOUBLE_EQ(b.even_ms, 10 + 2 + 2);
  EXPECT_DOUBLE_EQ(b.even_ms, b.step_ms - b.wait_ms);
  EXPECT_DOUBLE_EQ(b.wait_share(), 4.0 / 18);
  EXPECT_DOUBLE_EQ(b.others_wait_ms(), 6);
  EXPECT_DOUBLE_EQ(b.imbalance, 1.4);
  EXPECT_EQ(b.slowest, 1u);
  EXPECT_EQ(b.most_waiting, 0u);
  EXPECT_DOUBLE_EQ(b.ranks[0].tokens_per_s, 125'000);  // 1000 tokens in 8 ms
  EXPECT_NEAR(b.ranks[1].tokens_per_s, 1000 / 0.014, 1e-6);
}

// On the mean of two steps nobody is late, yet in each of them somebody was waited for.
TEST(RankBalanceTest, RanksThatTakeTurnsAreWaitedForInEveryStep) {
  const std::vector<RankRecord> mean(2, RankRecord{10, 4, 2, 0, {}});
  const std::vector<RankWait> waits(2, RankWait{3, 0});
  const RankBalance b = rank_balance(mean, waits, 100);
  EXPECT_DOUBLE_EQ(b.imbalance, 1);
  EXPECT_DOUBLE_EQ(b.ranks[0].exchange_ms, 1);
  EXPECT_DOUBLE_EQ(b.step_ms, 16);
  EXPECT_DOUBLE_EQ(b.wait_ms, 3);
  EXPECT_DOUBLE_EQ(b.even_ms, 13);
}

TEST(RankBalanceTest, EvenRanksLoseNothing) {
  const std::vector<RankRecord> even(4, RankRecord{5, 1, 2, 0, {}});
  const RankBalance b = rank_balance(even, 0);
  EXPECT_DOUBLE_EQ(b.wait_ms, 0);
  EXPECT_DOUBLE_EQ(b.even_ms, 8);
  EXPECT_DOUBLE_EQ(b.step_ms, 8);
  EXPECT_DOUBLE_EQ(b.imbalance, 1);
  EXPECT_TRUE(std::isnan(b.ranks[0].tokens_per_s));
}

TEST(RankBalanceTest, WithoutWorkThereIsNoImbalance) {
  const std::vector<RankRecord> idle(2);
  const RankBalance b = rank_balance(idle, 100);
  EXPECT_TRUE(std::isnan(b.imbalance));
  EXPECT_TRUE(std::isnan(b.wait_share()));
  EXPECT_TRUE(std::isnan(b.ranks[0].tokens_per_s));
}

TEST(RankTrafficTest, CountsWhatWasSentAndReceived) {
  const RankTraffic t = rank_traffic(three());
  ASSERT_EQ(t.ranks, 3u);
  EXPECT_EQ(t.at(1, 2), 10);
  EXPECT_EQ(t.sent, (std::vector<double>{30, 60, 30}));
  EXPECT_EQ(t.received, (std::vector<double>{20, 80, 20}));
  EXPECT_DOUBLE_EQ(t.imbalance, 2);
  EXPECT_EQ(t.most_received, 1u);
  EXPECT_DOUBLE_EQ(t.at_home, 0.5);
  EXPECT_DOUBLE_EQ(t.compute_correlation, 1);  // 8, 14, 8 against 20, 80, 20
}

TEST(RankTrafficTest, ACorrelationIsOfThreeRanksThatDifferAtLeast) {
  std::vector<RankRecord> ranks = three();
  ranks[0].compute_ms = 14, ranks[1].compute_ms = 8, ranks[2].compute_ms = 14;
  EXPECT_DOUBLE_EQ(rank_traffic(ranks).compute_correlation, -1);
  for (RankRecord& rank : ranks) rank.compute_ms = 8.1F;
  EXPECT_TRUE(std::isnan(rank_traffic(ranks).compute_correlation));
  const std::vector<RankRecord> two{{1, 0, 0, 0, {1, 2}}, {2, 0, 0, 0, {3, 4}}};
  EXPECT_TRUE(std::isnan(rank_traffic(two).compute_correlation));
}

TEST(RankTrafficTest, IsEmptyWhereNoExpertsAreSharedOut) {
  const std::vector<RankRecord> alone(3, RankRecord{5, 0, 2, 0, {}});
  EXPECT_TRUE(rank_traffic(alone).empty());
  EXPECT_TRUE(rank_traffic({}).empty());
  const std::vector<RankRecord> silent(2, RankRecord{5, 0, 2, 0, {0, 0}});
  EXPECT_FALSE(rank_traffic(silent).empty());
  EXPECT_TRUE(std::isnan(rank_traffic(silent).imbalance));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
