// An expert's card, against cases worked out by hand.
#include "core/insight/expert_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/insight/routes.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;

// Eight tokens, two passages of four; three experts, two a token:
//
//   token     0    1    2    3    4    5    6    7
//   text      a    b    a    a    b    c    a    b
//   domain    x    x    x    x    y    y    y    y
//   experts  01   12   01   02   12   12   02   01
//   loss      1    2    3    -    4    5    6    -     (the last of a passage predicts nothing)
struct Eight {
  Snapshot look;
  Eight() {
    auto tokens = std::make_shared<ProbeTokens>();
    tokens->text = {"a", "b", "a", "a", "b", "c", "a", "b"};
    tokens->id = {0, 1, 0, 0, 1, 2, 0, 1};
    tokens->domain = {0, 0, 0, 0, 1, 1, 1, 1};
    tokens->domain_names = {"x", "y"};
    tokens->sequence_length = 4;
    look.tokens = tokens;
    const float none = static_cast<float>(kMissing);
    look.token_loss = {1, 2, 3, none, 4, 5, 6, none};
    look.layers.push_back(probed(3, {{0, 1}, {1, 2}, {0, 1}, {0, 2}, {1, 2}, {1, 2}, {0, 2}, {0, 1}}));
    ProbeLayer& layer = look.layers.back();
    for (std::size_t t = 0; t < 8; ++t) {  // the first choice of token t weighs 0.5 + t / 100
      layer.weight[2 * t] = 0.5F + static_cast<float>(t) / 100;
      layer.weight[2 * t + 1] = 1 - layer.weight[2 * t];
    }
  }
};

// Expert 0 has tokens 0, 2, 3, 6 and 7: c = 5 of T = 8, chance k/N = 2/3.
//   loss: tokens 0, 2, 6 -> (1 + 3 + 6) / 3; all: (1 + 2 + 3 + 4 + 5 + 6) / 6
//   x: 3 of 4 tokens (0, 2, 3), lift (3/4) / (5/8) = 6/5;  y: 2 of 4 (6, 7), lift (2/4) / (5/8) = 4/5
//   a: 4 of 4 (0, 2, 3, 6), lift 8/5, z = (4 - 4 5/8) / sqrt(4 5/8 3/8);  b: 1 of 3, lift 8/15, below its load
TEST(ExpertProfile, OfEightTokensByHand) {
  const Eight eight;
  const ExpertProfile p = expert_profile(eight.look, 0, 0, LabelKind::domain);
  EXPECT_EQ(p.tokens, 8);
  EXPECT_EQ(p.had, 5);
  EXPECT_DOUBLE_EQ(p.share, 5.0 / 8);
  EXPECT_DOUBLE_EQ(p.chance, 2.0 / 3);
  EXPECT_DOUBLE_EQ(p.loss, 10.0 / 3);
  EXPECT_DOUBLE_EQ(p.loss_of_all, 21.0 / 6);
  ASSERT_EQ(p.labels.size(), 2u);
  EXPECT_EQ(p.labels[0].name, "x");
  EXPECT_EQ(p.labels[0].mine, 3);
  EXPECT_DOUBLE_EQ(p.labels[0].lift, 6.0 / 5);
  EXPECT_DOUBLE_EQ(p.labels[1].share, 2.0 / 4);
  EXPECT_DOUBLE_EQ(p.labels[1].lift, 4.0 / 5);
  ASSERT_EQ(p.top.size(), 1u);
  EXPECT_EQ(p.top[0].text, "a");
  EXPECT_EQ(p.top[0].count, 4);
  EXPECT_EQ(p.top[0].occurrences, 4);
  EXPECT_DOUBLE_EQ(p.top[0].lift, 8.0 / 5);
  EXPECT_NEAR(p.top[0].z, (4 - 2.5) / std::sqrt(4 * 5.0 / 8 * 3.0 / 8), 1e-12);
}

// A = 16 assignments; expert 1 has tokens 0, 1, 2, 4, 5, 7: c_1 = 6, expert 2 has 1, 3, 4, 5, 6: c_2 = 5.
//   0 with 1 on tokens 0, 2, 7: share 3/5, lift (3/5)(16 - 5) / (1 x 6) = 33/30
//   0 with 2 on tokens 3, 6: 2 tokens are too few to tell of
TEST(ExpertProfile, PartnersByHand) {
  const Eight eight;
  const ExpertProfile p = expert_profile(eight.look, 0, 0, LabelKind::domain);
  EXPECT_DOUBLE_EQ(p.partner_chance, 1.0 / 2);
  ASSERT_EQ(p.partners.size(), 1u);
  EXPECT_EQ(p.partners[0].expert, 1);
  EXPECT_EQ(p.partners[0].together, 3);
  EXPECT_DOUBLE_EQ(p.partners[0].share, 3.0 / 5);
  EXPECT_DOUBLE_EQ(p.partners[0].lift, 33.0 / 30);
  const ExpertProfile all = expert_profile(eight.look, 0, 0, LabelKind::domain, {}, {.least_together = 1});
  ASSERT_EQ(all.partners.size(), 2u);
  EXPECT_EQ(all.partners[0].expert, 1) << "the highest lift first: (2/5) 11/5 = 22/25 of expert 2";
  EXPECT_DOUBLE_EQ(all.partners[1].lift, 22.0 / 25);
}

// Weights of expert 0: token 0 0.50, 2 0.52, 3 0.53, 6 0.56, 7 0.57. The heaviest 'a' is token 6; 7 is beside it. Of the
// first passage the heaviest is 3, and 2 and 0 are beside that.
TEST(ExpertProfile, ExamplesAreTheHeaviestAndApart) {
  const Eight eight;
  const ExpertProfile p = expert_profile(eight.look, 0, 0, LabelKind::domain);
  EXPECT_THAT(p.examples, ElementsAre(6, 3));
  ASSERT_EQ(p.example_weight.size(), 2u);
  EXPECT_FLOAT_EQ(p.example_weight[0], 0.56F);
}

// Of tokens 0 to 3: expert 0 has 0, 2, 3 of 4; with expert 1 on 0 and 2; no token of y takes part.
TEST(ExpertProfile, CountsOnlyTheTokensAmong) {
  const Eight eight;
  const ExpertProfile p = expert_profile(eight.look, 0, 0, LabelKind::domain, {1, 1, 1, 1, 0, 0, 0, 0}, {.least_together = 2});
  EXPECT_EQ(p.tokens, 4);
  EXPECT_EQ(p.had, 3);
  ASSERT_EQ(p.labels.size(), 1u);
  EXPECT_EQ(p.labels[0].name, "x");
  EXPECT_DOUBLE_EQ(p.loss, 2) << "tokens 0 and 2";
  EXPECT_DOUBLE_EQ(p.loss_of_all, 2) << "tokens 0, 1 and 2";
  ASSERT_EQ(p.partners.size(), 1u);
  EXPECT_EQ(p.partners[0].together, 2);
  EXPECT_THAT(p.examples, ElementsAre(3));
}

TEST(ExpertProfile, OfAnExpertWithoutTokensAndOfNoChoice) {
  Eight eight;
  eight.look.layers[0].experts = 4;
  const ExpertProfile idle = expert_profile(eight.look, 0, 3, LabelKind::domain);
  EXPECT_EQ(idle.had, 0);
  EXPECT_DOUBLE_EQ(idle.share, 0);
  EXPECT_TRUE(std::isnan(idle.loss));
  EXPECT_TRUE(idle.top.empty());
  EXPECT_TRUE(idle.examples.empty());
  EXPECT_TRUE(idle.partners.empty());
  eight.look.layers[0].choices = false;
  const ExpertProfile soft = expert_profile(eight.look, 0, 0, LabelKind::domain);
  EXPECT_EQ(soft.tokens, 0);
  EXPECT_TRUE(std::isnan(soft.share));
}

// Points have no characters; examples are points, and no two of them are neighbours in a text.
TEST(ExpertProfile, OfPoints) {
  Snapshot look;
  auto points = std::make_shared<ProbePoints>();
  points->classes = 2;
  points->class_names = {"in", "out"};
  points->label = {0, 0, 1, 1};
  look.points = points;
  look.layers.push_back(probed(2, {{0}, {1}, {1}, {1}}));
  const ExpertProfile p = expert_profile(look, 0, 1, LabelKind::point_class);
  EXPECT_TRUE(p.top.empty());
  EXPECT_THAT(p.examples, ElementsAre(1, 2, 3));
  ASSERT_EQ(p.labels.size(), 2u);
  EXPECT_DOUBLE_EQ(p.labels[0].share, 0.5);
  EXPECT_DOUBLE_EQ(p.labels[1].share, 1);
  EXPECT_TRUE(std::isnan(p.partner_chance)) << "one expert a point";
}

// Norms 3, 5, 4: expert 2 is the second, the others' mean is 4. Cosines of 2: 0.1 with 0, -0.3 with 1.
TEST(WeightProfile, ByHand) {
  ExpertCards cards;
  cards.experts = 3;
  cards.norm = {3, 5, 4};
  cards.similarity = {1, 0.25F, 0.125F, 0.25F, 1, -0.5F, 0.125F, -0.5F, 1};
  const WeightProfile p = weight_profile(cards, 2);
  EXPECT_DOUBLE_EQ(p.norm, 4);
  EXPECT_EQ(p.rank, 2);
  EXPECT_DOUBLE_EQ(p.mean_of_others, 4);
  ASSERT_EQ(p.alike.size(), 2u);
  EXPECT_EQ(p.alike[0].expert, 0);
  EXPECT_EQ(p.alike[1].expert, 1);
  EXPECT_DOUBLE_EQ(p.mean_cosine, (0.125 - 0.5) / 2);
  EXPECT_EQ(weight_profile(cards, 2, 1).alike.size(), 1u);
  EXPECT_EQ(weight_profile(cards, 3).rank, 0);
  EXPECT_EQ(weight_profile({}, 0).rank, 0);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
