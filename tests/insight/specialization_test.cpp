#include "core/insight/specialization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/insight/routes.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::DoubleEq;
using testing::Each;
using testing::ElementsAre;

// Six tokens, three experts, two choices each; labels a a a a b b.
//   a: 01 01 02 01 -> N_{0,a} = 4, N_{1,a} = 3, N_{2,a} = 1 of N_a = 4
//   b: 12 20       -> 1, 1, 2 of 2
// c = 5, 4, 3 of T = 6.
Assignments six() { return routes(3, {{0, 1}, {1, 0}, {0, 2}, {0, 1}, {1, 2}, {2, 0}}); }

TEST(Specialization, SharesLiftAndReferencesByHand) {
  const Specialization s = specialization(six(), labels({0, 0, 0, 0, 1, 1}, 2));
  EXPECT_THAT(s.tokens, ElementsAre(4, 2));
  EXPECT_THAT(s.counts, ElementsAre(4, 3, 1, 1, 1, 2));
  EXPECT_THAT(s.share, ElementsAre(1.0, 0.75, 0.25, 0.5, 0.5, 1.0));
  EXPECT_THAT(s.overall, ElementsAre(DoubleEq(5.0 / 6), DoubleEq(4.0 / 6), DoubleEq(3.0 / 6)));
  EXPECT_DOUBLE_EQ(s.chance, 2.0 / 3);           // k / N
  EXPECT_DOUBLE_EQ(s.lift[0], 1.0 / (5.0 / 6));  // expert 0 has every a and 5 of 6 tokens
  EXPECT_DOUBLE_EQ(s.lift[5], 1.0 / 0.5);        // expert 2 has every b and half of all
}

TEST(Specialization, RowsSumToTheExpertsOfAToken) {
  const Specialization all = specialization(six(), labels({0, 0, 0, 0, 1, 1}, 2));
  EXPECT_DOUBLE_EQ(all.share[0] + all.share[1] + all.share[2], 2);
  Assignments firsts = routes(3, {{0}, {1}, {0}, {0}, {1}, {2}});
  const Specialization first = specialization(firsts, labels({0, 0, 0, 0, 1, 1}, 2));
  EXPECT_THAT(first.share, ElementsAre(0.75, 0.25, 0, 0, 0.5, 0.5));
  EXPECT_DOUBLE_EQ(first.chance, 1.0 / 3);
}

TEST(Specialization, LeavesOutTokensWithoutALabelAndLabelsWithoutTokens) {
  const Specialization s =
      specialization(six(), labels({0, Labels::kNone, Labels::kNone, Labels::kNone, 0, 0}, 2));
  EXPECT_THAT(s.tokens, ElementsAre(3, 0));
  EXPECT_DOUBLE_EQ(s.overall[2], 2.0 / 3);
  EXPECT_TRUE(std::isnan(s.share[3]));
  EXPECT_TRUE(std::isnan(s.lift[3]));
}

TEST(Specialization, OfNothingIsEmpty) {
  EXPECT_TRUE(specialization(six(), Labels{}).empty());
  EXPECT_TRUE(specialization(Assignments{}, labels({}, 2)).empty());
  EXPECT_TRUE(specialization(six(), labels({0, 1}, 2)).empty()) << "labels of other tokens";
}

TEST(Specialization, ARandomRouterHasLiftOneEverywhere) {
  const Specialization s = specialization(random_routes(8, 2, 20'000, 3), random_labels(4, 20'000, 4));
  // N_D = 5,000 and p = 1/4: deviation of a share 0.006, of a lift 0.025.
  EXPECT_THAT(s.lift, Each(testing::DoubleNear(1, 0.1)));
}

// --- routes and labels of a look

TEST(Assignments, AreChoicesBeforeCapacityWithoutFillers) {
  ProbeLayer layer = probed(4, {{2, 0}, {1, 3}, {3, 2}});
  layer.kept = {1, 0, 0, 0, 1, 0};
  layer.weight = {0.7F, 0.3F, 0.6F, 0.4F, 0.9F, 0};  // dropped ones have their weight, fillers have none
  const Assignments all = assignments_of(layer);
  EXPECT_THAT(all.start, ElementsAre(0, 2, 4, 5));
  EXPECT_THAT(all.expert, ElementsAre(2, 0, 1, 3, 3));
  const Assignments first = assignments_of(layer, Choice::first);
  EXPECT_THAT(first.expert, ElementsAre(2, 1, 3));
  layer.choices = false;  // soft mixing
  EXPECT_EQ(assignments_of(layer).tokens(), 0u);
}

TEST(Labels, OfTokensAndPoints) {
  Snapshot text;
  auto tokens = std::make_shared<ProbeTokens>();
  tokens->text = {"a", "Z", "7", " ", "\n", ",", "é", "Ö", "—", "<unk>", "ж", "Ж", "😀"};
  tokens->domain = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0};
  tokens->domain_names = {"prose", "code"};
  text.tokens = tokens;
  using enum CharacterClass;
  const auto number = [](CharacterClass c) { return static_cast<std::int32_t>(c); };
  EXPECT_THAT(labels_of(text, LabelKind::character).of,
              ElementsAre(number(letter), number(capital), number(digit), number(space), number(newline),
                          number(punctuation), number(letter), number(capital), number(punctuation), number(other),
                          number(letter), number(capital), number(other)));
  EXPECT_EQ(labels_of(text, LabelKind::character).names.size(), kCharacterClasses);
  EXPECT_THAT(labels_of(text, LabelKind::domain).names, ElementsAre("prose", "code"));
  EXPECT_FALSE(labels_of(text, LabelKind::point_class).known());

  Snapshot cloud;
  auto points = std::make_shared<ProbePoints>();
  points->label = {2, 0};
  points->kind = {1, 1};
  points->class_names = {"a", "b", "c"};
  points->kind_names = {"line", "blob"};
  cloud.points = points;
  EXPECT_THAT(labels_of(cloud, LabelKind::point_class).of, ElementsAre(2, 0));
  EXPECT_THAT(labels_of(cloud, LabelKind::point_kind).of, ElementsAre(1, 1));
  EXPECT_FALSE(labels_of(cloud, LabelKind::domain).known());
}

TEST(Labels, OnlySomeTokens) {
  EXPECT_THAT(only(labels({0, 1, 1}, 2), {1, 0, 1}).of, ElementsAre(0, Labels::kNone, 1));
  EXPECT_THAT(only(labels({0, 1, 1}, 2), {}).of, ElementsAre(0, 1, 1));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
