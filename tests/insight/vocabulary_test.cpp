#include "core/insight/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/insight/routes.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;

ProbeTokens tokens_of(const std::vector<std::int32_t>& ids) {
  ProbeTokens tokens;
  tokens.id = ids;
  for (const std::int32_t id : ids) tokens.text.push_back(std::string(1, static_cast<char>('a' + id)));
  return tokens;
}

// 12 times a, 10 times b, 3 times c. a: 9 to expert 0, 3 to 1; b: 10 to 1; c is too rare to say anything of.
struct Three {
  std::vector<std::int32_t> ids;
  std::vector<std::vector<std::int32_t>> experts;
  Three() {
    const auto add = [&](std::int32_t id, std::int32_t expert, int times) {
      for (int i = 0; i < times; ++i) {
        ids.push_back(id);
        experts.push_back({expert});
      }
    };
    add(0, 0, 9);
    add(0, 1, 3);
    add(1, 1, 10);
    add(2, 2, 3);
  }
};

TEST(Vocabulary, BestSharesByHand) {
  const Three three;
  const VocabularySpecialization v = vocabulary_specialization(routes(3, three.experts), tokens_of(three.ids));
  ASSERT_EQ(v.tokens.size(), 2u);
  EXPECT_EQ(v.tokens[0].text, "a");
  EXPECT_EQ(v.tokens[0].occurrences, 12);
  EXPECT_EQ(v.tokens[0].expert, 0);
  EXPECT_DOUBLE_EQ(v.tokens[0].share, 9.0 / 12);
  EXPECT_EQ(v.tokens[1].expert, 1);
  EXPECT_DOUBLE_EQ(v.tokens[1].share, 1);
  EXPECT_DOUBLE_EQ(v.share, (9.0 / 12 + 1) / 2);
  EXPECT_DOUBLE_EQ(v.value, (v.share - v.chance) / (1 - v.chance));
  EXPECT_GT(v.chance, 13.0 / 25) << "no id can do worse than the load of its best expert, on average";
}

// Rows as the tokens: a is 9, 3, 0 and b 0, 10, 0. Loads of the 25 tokens: 9, 13 and 3, those of the rare c with them.
TEST(Vocabulary, CountsByExpertByHand) {
  const Three three;
  const VocabularySpecialization v = vocabulary_specialization(routes(3, three.experts), tokens_of(three.ids));
  EXPECT_EQ(v.experts, 3);
  EXPECT_THAT(v.counts, ElementsAre(9, 3, 0, 0, 10, 0));
  EXPECT_THAT(v.overall, ElementsAre(9.0 / 25, 13.0 / 25, 3.0 / 25));
  EXPECT_DOUBLE_EQ(v.even, 1.0 / 3);
}

TEST(Vocabulary, AnIdThatDecidesIsOneAndARandomRouterZero) {
  std::vector<std::int32_t> ids;
  std::vector<std::vector<std::int32_t>> by_id;
  RandomStream stream(4, "ids");
  for (int t = 0; t < 3000; ++t) {
    ids.push_back(static_cast<std::int32_t>(stream.below(20)));
    by_id.push_back({ids.back() % 4, 4 + ids.back() % 3});
  }
  const ProbeTokens tokens = tokens_of(ids);
  EXPECT_NEAR(vocabulary_specialization(routes(8, by_id), tokens).value, 1, 1e-12);
  const VocabularySpecialization random = vocabulary_specialization(random_routes(8, 2, 3000, 9), tokens);
  EXPECT_NEAR(random.value, 0, 0.02);
  EXPECT_GT(random.share, 2.0 / 8 + 0.03) << "the best of eight is above the mean, which is why it is adjusted";
}

TEST(Vocabulary, MeansNothingWithoutChoicesOrFrequentIds) {
  const Three three;
  EXPECT_TRUE(std::isnan(vocabulary_specialization(Assignments{}, tokens_of(three.ids)).value));
  EXPECT_TRUE(std::isnan(
      vocabulary_specialization(routes(3, three.experts), tokens_of(three.ids), {}, {100, 4, 1}).value));
  const std::vector<std::vector<std::int32_t>> everyone(25, {0, 1, 2});
  EXPECT_TRUE(std::isnan(vocabulary_specialization(routes(3, everyone), tokens_of(three.ids)).value)) << "k = N";
}

TEST(Vocabulary, CountsOnlyTheTokensAmong) {
  const Three three;
  Among among(three.ids.size(), 1);
  for (int i = 0; i < 2; ++i) among[static_cast<std::size_t>(i)] = 0;  // two of a's nine on expert 0
  const VocabularySpecialization v =
      vocabulary_specialization(routes(3, three.experts), tokens_of(three.ids), among);
  EXPECT_DOUBLE_EQ(v.tokens[0].share, 7.0 / 10);
}

// Expert 1 has 3 of 12 a's and 10 of 10 b's, 13 of 25 tokens.
//   lift of b = 1 / (13/25), of a = (3/12) / (13/25);  expected b = 10 * 13/25 = 5.2, deviation sqrt(5.2 * 12/25)
TEST(Vocabulary, TopTokensByHand) {
  const Three three;
  const Assignments experts = routes(3, three.experts);
  const ProbeTokens tokens = tokens_of(three.ids);
  const auto by_count = top_tokens(experts, tokens, 1, TopBy::count, 5);
  ASSERT_EQ(by_count.size(), 2u);
  EXPECT_EQ(by_count[0].text, "b");
  EXPECT_EQ(by_count[0].count, 10);
  EXPECT_DOUBLE_EQ(by_count[0].lift, 25.0 / 13);
  EXPECT_NEAR(by_count[0].z, (10 - 5.2) / std::sqrt(5.2 * 12 / 25), 1e-12);
  EXPECT_DOUBLE_EQ(by_count[1].lift, 0.25 * 25 / 13);
  const auto by_lift = top_tokens(experts, tokens, 1, TopBy::lift, 5);
  ASSERT_EQ(by_lift.size(), 1u) << "a is below its load";
  EXPECT_TRUE(top_tokens(experts, tokens, 2, TopBy::lift, 5).empty()) << "c is too rare";
  EXPECT_EQ(top_tokens(experts, tokens, 2, TopBy::lift, 5, {}, 3)[0].text, "c");
  EXPECT_EQ(top_tokens(experts, tokens, 1, TopBy::count, 1).size(), 1u);
  EXPECT_TRUE(top_tokens(experts, tokens, 2, TopBy::surprise, 5).empty()) << "c is too rare for this, too";
  EXPECT_TRUE(top_tokens(experts, tokens, 7, TopBy::count, 5).empty());
}

// Expert 0 has 60 of 100 a's, all 4 b's and none of 66 c's: 64 of 170 tokens, share 0.3765. The lift of b (1 / 0.3765) is
// above that of a (0.6 / 0.3765), but so many a's are the greater surprise:
//   z(a) = (60 - 37.65) / sqrt(37.65 x 0.6235) = 22.353 / 4.845;   z(b) = (4 - 1.506) / sqrt(1.506 x 0.6235) = 2.494 / 0.969
TEST(Vocabulary, SurpriseWeighsLiftByFrequency) {
  std::vector<std::int32_t> ids;
  std::vector<std::vector<std::int32_t>> experts;
  const auto add = [&](std::int32_t id, std::int32_t expert, int times) {
    for (int i = 0; i < times; ++i) ids.push_back(id), experts.push_back({expert});
  };
  add(0, 0, 60);
  add(0, 1, 40);
  add(1, 0, 4);
  add(2, 1, 66);
  const auto by_surprise = top_tokens(routes(2, experts), tokens_of(ids), 0, TopBy::surprise, 5, {}, 3);
  ASSERT_EQ(by_surprise.size(), 2u);
  EXPECT_EQ(by_surprise[0].text, "a");
  EXPECT_NEAR(by_surprise[0].z, 22.3529 / 4.8450, 1e-3);
  EXPECT_NEAR(by_surprise[1].z, 2.4941 / 0.9690, 1e-3);
  EXPECT_EQ(top_tokens(routes(2, experts), tokens_of(ids), 0, TopBy::lift, 5, {}, 3)[0].text, "b");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
