// What becomes of held-out data under an intervention.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/train/looks/edits.h"
#include "tests/train/looks.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

Trial tried(Trainer& trainer, const Intervention& asked = {}, const TrialWish& wish = {}) {
  auto trial = trainer.try_out(asked, wish);
  EXPECT_TRUE(trial) << trial.error().message;
  return trial ? std::move(*trial) : Trial{};
}

bool same(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

std::vector<std::uint8_t> only(std::size_t expert, std::size_t count = 4) {
  std::vector<std::uint8_t> flags(count, 0);
  flags[expert] = 1;
  return flags;
}

std::int64_t chosen(const TrialLayer& layer, std::int32_t expert) {
  return std::count(layer.expert.begin(), layer.expert.end(), expert);
}

TEST(TryOut, WithoutAnInterventionIsTheProbe) {
  const auto trainer = trained(small(), 5);
  const Snapshot snapshot = *trainer->probe();
  const Trial trial = tried(*trainer);
  EXPECT_TRUE(same(trial.loss, snapshot.token_loss));
  EXPECT_EQ(trial.tokens->id, snapshot.tokens->id);
  ASSERT_EQ(trial.layers.size(), 2u);
  EXPECT_EQ(trial.layers[1].weight, snapshot.layers[1].weight);
  EXPECT_TRUE(same(trial.layers[0].entropy, snapshot.layers[0].entropy));
  for (std::size_t t = 0; t < trial.size(); ++t) EXPECT_EQ(trial.target[t] < 0, std::isnan(trial.loss[t]));
}

TEST(TryOut, SteeringByZerosIsTheSameToTheBit) {
  const auto trainer = trained(small(), 5);
  Intervention zeros;
  zeros.layer(0).steer.assign(4, 0.F);
  zeros.layer(1).steer.assign(4, 0.F);
  EXPECT_TRUE(same(tried(*trainer, zeros).loss, tried(*trainer).loss));
  zeros.layer(1).steer[2] = 3.F;
  EXPECT_FALSE(same(tried(*trainer, zeros).loss, tried(*trainer).loss));
}

// A dead expert: one that its layer's bias keeps from being chosen.
TEST(TryOut, SilencingADeadExpertChangesExactlyNothing) {
  const auto trainer = trained(small(), 5);
  Intervention dead;
  dead.layer(1).banned = only(3);
  const Trial plain = tried(*trainer, dead);
  ASSERT_EQ(chosen(plain.layers[1], 3), 0);
  dead.layer(1).silenced = only(3);
  EXPECT_TRUE(same(tried(*trainer, dead).loss, plain.loss));
  dead.layer(1).silenced = only(0);
  EXPECT_FALSE(same(tried(*trainer, dead).loss, plain.loss));
}

TEST(TryOut, ABannedExpertGetsNoTokenAndTheNextBestTakesIt) {
  const auto trainer = trained(small(), 5);
  const Trial plain = tried(*trainer);
  Intervention banned;
  banned.layer(0).banned = only(1);
  const Trial trial = tried(*trainer, banned);
  ASSERT_GT(chosen(plain.layers[0], 1), 0);
  EXPECT_EQ(chosen(trial.layers[0], 1), 0);
  for (std::size_t t = 0; t < trial.size(); ++t) {
    const auto* before = &plain.layers[0].expert[2 * t];
    if (before[0] == 1) {
      EXPECT_EQ(trial.layers[0].expert[2 * t], before[1]) << "the second is the first now";
    } else {
      EXPECT_EQ(trial.layers[0].expert[2 * t], before[0]);
    }
  }
}

// Every kind of trial, on a run that mutes and steers itself.
TEST(TryOut, GoesWithWhatIsMutedAndSteeredAnyway) {
  Config config = small();
  config.muted = "0.1";
  config.steered = "0.2";
  config.steer = 0.5;
  const auto trainer = trained(config, 3);
  const Trial plain = tried(*trainer);
  const std::size_t tokens = plain.size(), choices = 2 * tokens;
  EXPECT_EQ(chosen(plain.layers[0], 1), 0);
  for (const std::size_t l : {0, 1}) {
    const std::int64_t of_muted = l == 0 ? 0 : chosen(plain.layers[1], 1);
    Intervention zeros;
    zeros.layer(l).banned.assign(4, 0);
    zeros.layer(l).banned_of_token.assign(4 * tokens, 0);
    zeros.layer(l).steer.assign(4, 0.F);
    EXPECT_TRUE(same(tried(*trainer, zeros).loss, plain.loss)) << "zeros ask for nothing";

    Intervention asked;
    asked.layer(l).banned = only(3);
    EXPECT_EQ(chosen(tried(*trainer, asked).layers[l], 3), 0);
    EXPECT_EQ(l == 0 ? chosen(tried(*trainer, asked).layers[0], 1) : 0, 0) << "either";
    asked = {};
    asked.layer(l).banned_of_token.assign(4 * tokens, 0);
    asked.layer(l).banned_of_token[3] = 1;
    const Trial by_token = tried(*trainer, asked);
    ASSERT_EQ(by_token.layers.size(), 2u);
    EXPECT_NE(by_token.layers[l].expert[0], 3);
    EXPECT_NE(by_token.layers[l].expert[1], 3);
    if (l == 0) {
      EXPECT_EQ(chosen(by_token.layers[0], 1), 0);
    }
    asked = {};
    asked.layer(l).silenced = only(0);
    EXPECT_EQ(tried(*trainer, asked).layers[l].expert, plain.layers[l].expert);
    asked = {};
    asked.layer(l).silenced_choices.assign(choices, 1);
    EXPECT_FALSE(same(tried(*trainer, asked).loss, plain.loss));
    asked = {};
    asked.layer(l).stand_in = {1, 1, 2, 3};
    EXPECT_FALSE(same(tried(*trainer, asked).loss, plain.loss));
    asked = {};
    asked.layer(l).stand_in_choices.assign(choices, 1);
    EXPECT_FALSE(same(tried(*trainer, asked).loss, plain.loss));
    asked = {};
    asked.layer(l).steer = {0, 50, 0, 0};
    EXPECT_EQ(chosen(tried(*trainer, asked).layers[l], 1), l == 0 ? of_muted : static_cast<std::int64_t>(tokens));
    asked = {};
    for (std::size_t t = 0; t < tokens; ++t) {
      asked.layer(l).forced.push_back(1);
      asked.layer(l).forced.push_back(3);
    }
    EXPECT_EQ(chosen(tried(*trainer, asked).layers[l], 1), static_cast<std::int64_t>(tokens))
        << "routes that are given are gone by";
    for (const Gate gate : {Gate::softmax, Gate::softmax_renormalised, Gate::sigmoid, Gate::sinkhorn, Gate::base,
                            Gate::hash, Gate::random, Gate::expert_choice}) {
      asked = {};
      asked.layer(l).gate = gate;
      const Trial other = tried(*trainer, asked);
      ASSERT_EQ(other.layers.size(), 2u) << static_cast<int>(gate);
      for (std::size_t a = 0; l == 0 && a < other.layers[0].expert.size(); ++a)
        ASSERT_FALSE(other.layers[0].expert[a] == 1 && other.layers[0].kept[a]) << static_cast<int>(gate);
    }
  }
}

// A device that has no memory: where the tensors are, and nothing else.
TEST(StandingEdits, AreMadeAnewForAnotherDevice) {
  Config config = small();
  config.muted = "0.1";
  StandingEdits edits;
  EXPECT_TRUE(edits.of(config, at::kCPU)->front().banned.is_cpu());
  EXPECT_EQ(edits.of(config, at::kCPU), edits.of(config, at::kCPU));
  EXPECT_TRUE(edits.of(config, at::kMeta)->front().banned.is_meta());
}

TEST(TryOut, LeavesTheModelAndItsTrainingAlone) {
  const auto one = trained(small(), 3), other = trained(small(), 3);
  Intervention asked;
  asked.layer(0).silenced = only(0);
  asked.layer(1).gate = Gate::random;
  (void)tried(*one, asked, {400, true});
  EXPECT_EQ(losses(*one, 3), losses(*other, 3));
  EXPECT_TRUE(same_bits(one->weights(), other->weights()));
}

TEST(TryOut, LooksAtAsManyTokensAsAreWanted) {
  const auto trainer = trained(small(), 2);
  const Trial trial = tried(*trainer, {}, {1600, true});
  EXPECT_EQ(trial.size(), 1600u);
  EXPECT_EQ(trial.layers[0].norm.size(), 3200u);
  EXPECT_EQ(trial.tokens->domain_names.size(), tried(*trainer).tokens->domain_names.size());
  EXPECT_LT(tried(*trainer, {}, {std::int64_t{1} << 40, false}).size(), std::size_t{1} << 22)
      << "no more than there are";
}

TEST(TryOut, TriesEveryRuleAndGivenRoutes) {
  const auto trainer = trained(small(), 3);
  const Trial plain = tried(*trainer);
  for (const Gate gate :
       {Gate::softmax, Gate::sigmoid, Gate::sinkhorn, Gate::base, Gate::expert_choice, Gate::hash, Gate::random}) {
    Intervention asked;
    asked.layer(1).gate = gate;
    const Trial trial = tried(*trainer, asked);
    EXPECT_EQ(trial.layers[0].expert, plain.layers[0].expert) << "earlier layers are as they were";
    EXPECT_FALSE(same(trial.loss, plain.loss)) << static_cast<int>(gate);
  }
  Intervention own;
  own.layer(0).forced = plain.layers[0].expert;
  own.layer(1).forced = plain.layers[1].expert;
  EXPECT_TRUE(same(tried(*trainer, own).loss, plain.loss)) << "its own routes";
}

TEST(TryOut, OfPointsToo) {
  Config config = small();
  config.task = TaskKind::clusters;
  const auto trainer = trained(config, 3);
  const Trial plain = tried(*trainer);
  EXPECT_EQ(plain.loss, trainer->probe()->token_loss);
  EXPECT_EQ(plain.target, plain.points->label);
  Intervention asked;
  asked.layer(1).silenced = only(2);
  EXPECT_FALSE(same(tried(*trainer, asked).loss, plain.loss));
  EXPECT_EQ(tried(*trainer, {}, {100, false}).size(), 100u);
}

TEST(TryOut, RefusesWhatHasNoMeaning) {
  const auto why = [](const Intervention& asked, Gate gate = Gate::softmax) {
    Config config = small();
    config.gate = gate;
    if (gate != Gate::softmax) config.aux_coef = config.z_coef = 0;
    const auto trainer = make(config);
    const auto trial = trainer->try_out(asked, {});
    EXPECT_FALSE(trial);
    return trial ? std::string() : trial.error().message;
  };
  Intervention asked;
  asked.layer(1).steer.assign(4, 1.F);
  EXPECT_THAT(why(asked, Gate::hash), HasSubstr("layer 1: gate = hash has no logits"));
  EXPECT_THAT(why(asked, Gate::random), HasSubstr("no logits"));
  EXPECT_THAT(why(asked, Gate::soft), HasSubstr("soft"));
  asked.layer(1).steer.assign(3, 1.F);
  EXPECT_THAT(why(asked), HasSubstr("steer has 3 entries, allowed is 4"));
  asked.layers[1] = {};
  asked.layer(1).stand_in = {0, 1, 2, 4};
  EXPECT_THAT(why(asked), HasSubstr("expert 4, allowed is 0 to 3"));
  asked.layers[1] = {};
  asked.layer(1).banned = {1, 1, 1, 0};
  EXPECT_THAT(why(asked), HasSubstr("allowed is at least 2"));
  asked.layers[1] = {};
  asked.layer(1).forced = {0, 1};
  EXPECT_THAT(why(asked), HasSubstr("forced has 2 entries"));
  EXPECT_THAT(why(asked, Gate::expert_choice), HasSubstr("top_k"));
  asked.layers[1] = {};
  asked.layer(2).silenced = {1, 0, 0, 0};
  EXPECT_THAT(why(asked), HasSubstr("2 MoE layers"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
