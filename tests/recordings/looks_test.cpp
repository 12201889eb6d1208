// A step of a recording as a look: what was recorded is in it, what was not is empty.
#include "core/recordings/looks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/insight/stability.h"
#include "core/recordings/leave_out.h"
#include "core/recordings/routes.h"
#include "tests/support/growing_routes.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

RecordedChunk steps_of_four(std::int64_t first, std::int64_t last) {
  return GrowingRoutes({}).chunk(0, first, last);
}

TEST(RecordedLook, HasTheTokensOfItsStep) {
  const GrowingRoutes routes({});
  const auto look = look_at(steps_of_four(1, 3), 2, ChoiceOrder::gate);
  ASSERT_TRUE(look);
  EXPECT_EQ(look->step, 2);
  EXPECT_EQ(look->of_tokens, 0) << "all of them";
  ASSERT_EQ(look->tokens->text.size(), 16u);
  EXPECT_EQ(look->tokens->text[3], "103");
  EXPECT_TRUE(look->tokens->are_numbers);
  EXPECT_EQ(look->tokens->sequence_length, 8);
  EXPECT_FALSE(has_labels(*look, LabelKind::character)) << "a number is no digit of the text";
  ASSERT_EQ(look->layers.size(), 2u);
  const ProbeLayer& layer = look->layers[1];
  EXPECT_EQ(layer.block, 4);
  EXPECT_EQ(layer.top_k, 2);
  EXPECT_TRUE(layer.best_first);
  for (std::size_t t = 0; t < 16; ++t) {
    EXPECT_EQ(first_choice(layer, t), routes.expert(2, 1, static_cast<int>(t), 0));
    EXPECT_FLOAT_EQ(layer.weight[2 * t], 0.75F);
    EXPECT_TRUE(std::isnan(layer.prob[2 * t]));
  }
  EXPECT_TRUE(layer.entropy.empty() && layer.logits.empty() && layer.logit_plane.empty() && layer.pca.empty());
  EXPECT_EQ(assignments_of(layer).expert.size(), 32u);
  EXPECT_FALSE(look_at(steps_of_four(1, 3), 4, ChoiceOrder::gate));
}

TEST(RecordedLook, OfExpertsByNumberNothingTellsTheFirst) {
  RecordedChunk chunk = steps_of_four(1, 1);
  for (RecordedCells& cells : chunk.cells) cells.weight.clear();
  const auto look = look_at(chunk, 1, ChoiceOrder::id);
  ASSERT_TRUE(look);
  const ProbeLayer& layer = look->layers[0];
  EXPECT_FALSE(layer.best_first);
  EXPECT_EQ(first_choice(layer, 0), -1);
  EXPECT_FALSE(has_first_choices(layer));
  EXPECT_EQ(assignments_of(layer, Choice::first).tokens(), 0u);
  EXPECT_EQ(assignments_of(layer).expert.size(), 32u) << "which they are is known";
  EXPECT_TRUE(std::isnan(layer.weight[0]));
  // By the weight the second is the first.
  RecordedChunk weighed = steps_of_four(1, 1);
  weighed.cells[0].weight[0] = 0.1F, weighed.cells[0].weight[1] = 0.9F;
  EXPECT_EQ(first_choice(look_at(weighed, 1, ChoiceOrder::id)->layers[0], 0), weighed.cells[0].expert[1]);
}

TEST(RecordedLook, LogitsTellProbabilitiesAndThePlane) {
  RecordedChunk chunk = steps_of_four(1, 1);
  RecordedCells& cells = chunk.cells[0];
  for (std::size_t t = 0; t < 16; ++t)
    for (std::size_t e = 0; e < 4; ++e) cells.logits.push_back(std::sin(static_cast<float>(3 * t + 5 * e)));
  const auto look = look_at(chunk, 1, ChoiceOrder::gate);
  const ProbeLayer& layer = look->layers[0];
  ASSERT_EQ(layer.probabilities.size(), 64u);
  double sum = 0, entropy = 0;
  for (std::size_t e = 0; e < 4; ++e) sum += std::exp(cells.logits[20 + e]);
  for (std::size_t e = 0; e < 4; ++e) {
    const double p = std::exp(cells.logits[20 + e]) / sum;
    EXPECT_NEAR(layer.probabilities[20 + e], p, 1e-6);
    entropy -= p * std::log(p) / std::log(4.0);
  }
  EXPECT_NEAR(layer.entropy[5], entropy, 1e-6);
  EXPECT_FLOAT_EQ(layer.prob[10], layer.probabilities[20 + static_cast<std::size_t>(layer.expert[10])]);
  EXPECT_EQ(layer.logits, cells.logits);
  EXPECT_EQ(layer.logit_plane.xy.size(), 32u);
  EXPECT_TRUE(look->layers[1].probabilities.empty()) << "the other layer has none";
}

TEST(RecordedLook, HiddenStatesLieInThePlaneInWhichTheyAreWidest) {
  RecordedChunk chunk = steps_of_four(1, 2);
  RecordedCells& cells = chunk.cells[0];
  cells.hidden_width = 3;
  // Along the third axis most, along the first less, the second not at all; step 2 lies elsewhere.
  const auto a = [](std::size_t t) { return std::sin(static_cast<float>(t)); };
  const auto b = [](std::size_t t) { return std::cos(static_cast<float>(3 * t)); };
  for (std::size_t t = 0; t < chunk.tokens(); ++t) {
    const float beside = chunk.step[t] == 2 ? 100 : 0;
    cells.hidden.insert(cells.hidden.end(), {2 * a(t) + beside, 5, 30 * b(t)});
  }
  cells.hidden[3 * 18] = std::nanf("");
  const auto look = look_at(chunk, 2, ChoiceOrder::gate);
  const ProbeLayer& layer = look->layers[0];
  ASSERT_EQ(layer.pca.size(), 32u);
  double mean = 0;
  for (std::size_t t = 0; t < 16; ++t) mean += t == 2 ? 0 : b(16 + t) / 15;
  for (std::size_t t = 0; t < 16; ++t) {
    if (t == 2) {
      EXPECT_TRUE(std::isnan(layer.pca[2 * t])) << "of a token whose state was not recorded nothing is guessed";
      continue;
    }
    // The axes of the cloud are nearly those of the space.
    EXPECT_NEAR(layer.pca[2 * t], 30 * (b(16 + t) - mean), 0.3);
    EXPECT_LT(std::abs(layer.pca[2 * t + 1]), 5);
  }
  EXPECT_GT(layer.explained[0], 0.98);
  EXPECT_NEAR(layer.explained[0] + layer.explained[1], 1, 1e-5);
  EXPECT_TRUE(layer.input.empty() && layer.gate_pca.empty());
  EXPECT_TRUE(look->layers[1].pca.empty());

  // The same of rows that do not lie side by side.
  RecordedChunk mixed = chunk;
  std::swap(mixed.step[0], mixed.step[31]);
  EXPECT_EQ(look_at(mixed, 2, ChoiceOrder::gate)->layers[0].pca.size(), 32u);
  // A rank that went back takes them along.
  leave_out_from(chunk, 2);
  EXPECT_EQ(chunk.cells[0].hidden.size(), 48u);
  EXPECT_FLOAT_EQ(chunk.cells[0].hidden[3 * 15 + 2], 30 * b(15));
}

TEST(RecordedLook, WhatIsMissingIsNoExpert) {
  RecordedChunk chunk = steps_of_four(1, 1);
  chunk.cells[0].expert[0] = chunk.cells[0].expert[1] = kNoExpert;
  chunk.cells[1].expert.clear(), chunk.cells[1].weight.clear();
  const auto look = look_at(chunk, 1, ChoiceOrder::gate);
  EXPECT_EQ(first_choice(look->layers[0], 0), -1);
  EXPECT_TRUE(assignments_of(look->layers[0]).of(0).empty());
  EXPECT_EQ(assignments_of(look->layers[0]).of(1).size(), 2u);
  EXPECT_EQ(first_choice(look->layers[1], 0), -1);
  EXPECT_TRUE(assignments_of(look->layers[1]).expert.empty());
  EXPECT_FALSE(has_first_choices(look->layers[1]));
}

TEST(RecordedLook, OfALargeStepItIsASampleOfWholeSequences) {
  RecordedChunk chunk;
  chunk.layers = {{0, "", 4, 1}}, chunk.counted_step = {1};
  chunk.cells.emplace_back();
  chunk.cells[0].experts = 4, chunk.cells[0].top_k = 1;
  for (int t = 0; t < 10'000; ++t) {
    chunk.step.push_back(1);
    chunk.sequence.push_back(t / 100);
    chunk.token.push_back(t);
    chunk.cells[0].expert.push_back(t % 4);
  }
  const LookRoom room{1'000};
  const auto look = look_at(chunk, 1, ChoiceOrder::gate, room);
  EXPECT_EQ(look->of_tokens, 10'000);
  ASSERT_EQ(look->tokens->id.size(), 1'000u);
  EXPECT_EQ(look->tokens->sequence_length, 100);
  for (std::size_t s = 0; s < 10; ++s)
    for (std::size_t t = 0; t < 100; ++t)
      ASSERT_EQ(look->tokens->id[100 * s + t], static_cast<int>(1'000 * s + t));
  chunk.sequence.clear();
  const auto spread = look_at(chunk, 1, ChoiceOrder::gate, room);
  EXPECT_EQ(spread->tokens->id[999], 9'990);
  // Room for bytes counts too, down to a few tokens.
  EXPECT_EQ(look_at(chunk, 1, ChoiceOrder::gate, {1'000, 1})->tokens->id.size(), 64u);
}

TEST(RecordedLook, ChurnIsKnownOnlyOfTheSameTokens) {
  const RecordedChunk chunk = steps_of_four(1, 2);
  const auto first = look_at(chunk, 1, ChoiceOrder::gate), second = look_at(chunk, 2, ChoiceOrder::gate);
  const auto routes = stability(*second, *first);
  ASSERT_EQ(routes.size(), 2u);
  EXPECT_NEAR(routes[0].churn, 0.5, 1e-9) << "one of two experts stays";
  RecordedChunk nameless = chunk;
  nameless.token.clear();
  const auto a = look_at(nameless, 1, ChoiceOrder::gate), b = look_at(nameless, 2, ChoiceOrder::gate);
  EXPECT_EQ(a->tokens->text[0], "·");
  EXPECT_FALSE(same_tokens(*a, *b)) << "nobody says which tokens they are";
  EXPECT_TRUE(stability(*b, *a).empty());
}

TEST(RecordedLook, OfASequenceLongerThanItsRoomItIsTheBeginning) {
  RecordedChunk chunk;
  chunk.layers = {{0, "", 4, 1}};
  RecordedCells& cells = chunk.cells.emplace_back();
  cells.experts = 4, cells.top_k = 1;
  for (int t = 0; t < 100; ++t) {
    chunk.step.push_back(1), chunk.sequence.push_back(0), chunk.token.push_back(t);
    cells.expert.push_back(t % 4);
  }
  const auto look = look_at(chunk, 1, ChoiceOrder::gate, {.tokens = 64, .bytes = std::size_t{1} << 20});
  ASSERT_TRUE(look);
  EXPECT_EQ(look->of_tokens, 100);
  EXPECT_EQ(look->tokens->text.back(), "63") << "not taken evenly";
  EXPECT_TRUE(is_head_of_sequence(chunk, 1, 64));
  for (int t = 0; t < 100; ++t) chunk.sequence[static_cast<std::size_t>(t)] = t / 50;
  EXPECT_FALSE(is_head_of_sequence(chunk, 1, 64)) << "a whole one of two";
}

TEST(RecordedLook, AFirstChoiceIsUnknownWhereSomethingOfItIs) {
  RecordedChunk chunk = steps_of_four(1, 1);
  // Nothing of the first token's weights, half of the second's.
  for (const std::size_t at : {0, 1, 2}) chunk.cells[0].weight[at] = NAN;
  const auto firsts = switchyard::assignments_of(chunk, 0, ChoiceOrder::id, Choice::first);
  ASSERT_EQ(firsts.tokens(), 16u);
  EXPECT_TRUE(firsts.of(0).empty());
  EXPECT_TRUE(firsts.of(1).empty());
  ASSERT_EQ(firsts.of(2).size(), 1u);
  EXPECT_EQ(firsts.of(2)[0], chunk.cells[0].expert[4]);
  EXPECT_EQ(switchyard::assignments_of(chunk, 0, ChoiceOrder::id, Choice::all).of(0).size(), 2u);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
