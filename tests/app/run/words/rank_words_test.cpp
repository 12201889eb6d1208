#include "app/run/words/rank_words.h"

#include <gtest/gtest.h>

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

RankSentences said(const std::vector<RankRecord>& ranks) {
  return rank_sentences(rank_balance(ranks, 1000), rank_traffic(ranks));
}

TEST(RankWordsTest, SayWhoIsSlowWhyAndWhatItCosts) {
  // Mean work 50; rank 1 takes 70 and is waited for 20 ms by either other.
  const RankSentences words =
      said({{40, 22, 12, 1, {10, 61, 29}}, {70, 2, 2, 1, {10, 61, 29}}, {40, 22, 12, 1, {10, 61, 29}}});
  EXPECT_EQ(words.slow,
            "Rank 1 computes 1.40 times the mean, since its experts get 61.0 % of the tokens, where an even share "
            "is 33.3 %.");
  EXPECT_EQ(words.waits, "The others wait 30 ms of 74 for it.");
  EXPECT_EQ(words.even, "With perfect balance the step would have taken 54 ms, 27.0 % less.");
}

TEST(RankWordsTest, DoNotBlameTokensThatAreEven) {
  const RankSentences shared = said({{40, 12, 2, 1, {50, 50}}, {60, 2, 2, 1, {50, 50}}});
  EXPECT_EQ(shared.slow,
            "Rank 1 computes 1.20 times the mean, though its experts get no more than 50.0 % of the tokens: it is "
            "its processor or what "
            "else runs on it.");
  EXPECT_EQ(shared.waits, "The other waits 10 ms of 59 for it.");
  const RankSentences alone = said({{60, 0, 2, 0, {}}, {40, 0, 22, 0, {}}});
  EXPECT_EQ(alone.slow,
            "Rank 0 computes 1.20 times the mean; no experts are shared out, so it is not their tokens but its "
            "processor or what else "
            "runs on it.");
}

TEST(RankWordsTest, SayWhereAllIsWell) {
  const RankSentences even = said({{50, 2, 2, 1, {5, 5}}, {50, 2, 2, 1, {5, 5}}});
  EXPECT_EQ(even.slow, "All ranks compute about as long: the longest, rank 0, 1.00 times the mean.");
  EXPECT_EQ(even.waits, "Nobody waits for long: 0.00 ms of 54 on average.");
  const RankSentences uneven_waits = said({{50, 12, 2, 1, {5, 5}}, {51, 2, 2, 1, {5, 5}}});
  EXPECT_EQ(uneven_waits.waits, "The ranks wait 5.0 ms of 60 on average, rank 0 the longest.");
  const std::vector<RankRecord> turns(2, RankRecord{50, 6, 2, 1, {5, 5}});
  const std::vector<RankWait> waits{{4, 0}, {3, 0}};
  EXPECT_EQ(rank_sentences(rank_balance(turns, waits, 1000), rank_traffic(turns)).waits,
            "The ranks wait 3.5 ms of 58 on average, for they take turns at being late.");
  EXPECT_EQ(said({{}, {}}).slow, "No rank has computed anything yet.");
  EXPECT_EQ(said({{}, {}}).even, "");
}

TEST(RankWordsTest, WriteTimesShort) {
  EXPECT_EQ(ms_text(1234.4), "1,234 ms");
  EXPECT_EQ(ms_text(71.4), "71 ms");
  EXPECT_EQ(ms_text(9.96), "10 ms");
  EXPECT_EQ(ms_text(7.14), "7.1 ms");
  EXPECT_EQ(ms_text(0.714), "0.71 ms");
  EXPECT_EQ(ms_text(kMissing), "–");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
