// What a trained model says of itself, enough to check every number elsewhere.
#include "core/train/trainer_impl.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/config/cost.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(Trainer, WeightsGoOutAndComeBack) {
  auto trained = make(small());
  losses(*trained, 5);
  const auto weights = trained->weights();
  std::int64_t numbers = 0;
  for (const NamedTensor& tensor : weights) numbers += static_cast<std::int64_t>(tensor.values.size());
  EXPECT_EQ(numbers, model_cost(small(), trained->data().outputs.size()).parameters);

  auto fresh = TrainerImpl::create_for_weights(small(), trained->data().outputs);
  ASSERT_TRUE(fresh);
  ASSERT_TRUE((*fresh)->load_weights(weights));
  const auto wanted = trained->route("Once upon a", false), got = (*fresh)->route("Once upon a", false);
  EXPECT_EQ(wanted->logits, got->logits);
  EXPECT_FALSE((*fresh)->advance()) << "there is nothing to train on";

  auto wrong = weights;
  wrong[3].shape.front() += 1;
  EXPECT_FALSE((*fresh)->load_weights(wrong));
  wrong = weights;
  wrong.pop_back();
  EXPECT_FALSE((*fresh)->load_weights(wrong));
  EXPECT_EQ((*fresh)->route("Once upon a", false)->logits, wanted->logits) << "all or nothing";
}

TEST(Trainer, RouteTellsEnoughToCheckEveryNumber) {
  auto trainer = make(small());
  losses(*trainer, 3);
  const auto trace = trainer->route("a fox", true);
  ASSERT_TRUE(trace);
  std::map<std::string, NamedTensor> weights;
  for (const NamedTensor& tensor : trainer->weights()) weights[tensor.name] = tensor;
  for (const auto& layer : trace->layers) {
    const NamedTensor& gate = weights.at("model.layers." + std::to_string(layer.block) + ".block_sparse_moe.gate.weight");
    for (std::size_t t = 0; t < trace->tokens.size(); ++t) {
      std::vector<double> logits(4, 0.0);
      for (int e = 0; e < 4; ++e) {
        for (int i = 0; i < layer.width; ++i) logits[e] += gate.values[e * 16 + i] * layer.router_input[t * 16 + i];
        EXPECT_NEAR(logits[e], layer.router_logits[t * 4 + e], 1e-4);
      }
      const int best = static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
      EXPECT_EQ(layer.expert[t * 2], best);
      const double z0 = logits[layer.expert[t * 2]], z1 = logits[layer.expert[t * 2 + 1]];
      EXPECT_NEAR(layer.weight[t * 2], 1 / (1 + std::exp(z1 - z0)), 1e-4);
      EXPECT_EQ(layer.kept[t * 2], 1);
    }
  }
  EXPECT_FALSE(trainer->route(std::string(17, 'a'), false)) << "longer than the context";
  EXPECT_FALSE(trainer->route("", false));
}

TEST(Trainer, ProbeMatchesRoute) {
  auto trainer = make(small());
  losses(*trainer, 2);
  const auto snapshot = trainer->probe();
  ASSERT_TRUE(snapshot);
  const ProbeTokens& tokens = *snapshot->tokens;
  std::string text;
  for (int t = 0; t < tokens.sequence_length; ++t) text += tokens.text[t];
  const auto trace = trainer->route(text, false);
  ASSERT_TRUE(trace);
  const ProbeLayer& layer = snapshot->layers.at(1);
  for (int t = 0; t < tokens.sequence_length; ++t)
    for (int j = 0; j < 2; ++j) {
      EXPECT_EQ(layer.expert[t * layer.ranked + j], trace->layers[1].expert[t * 2 + j]);
      EXPECT_NEAR(layer.weight[t * 2 + j], trace->layers[1].weight[t * 2 + j], 1e-4);
    }
  // The loss at a position is that of predicting the next token.
  const int vocabulary = trace->vocabulary;
  double total = 0;
  for (int v = 0; v < vocabulary; ++v) total += std::exp(trace->logits[v]);
  EXPECT_NEAR(snapshot->token_loss[0], std::log(total) - trace->logits[tokens.id[1]], 1e-4);
  EXPECT_TRUE(std::isnan(snapshot->token_loss[tokens.sequence_length - 1]));
  std::vector<bool> seen(tokens.domain_names.size());
  for (const auto domain : tokens.domain) seen[domain] = true;
  EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](bool s) { return s; })) << "every domain is looked at";
}

TEST(Trainer, GreedyGenerationIsTheArgmaxOfRoute) {
  auto trainer = make(small());
  losses(*trainer, 5);
  ASSERT_TRUE(trainer->start_generation("The ", 0.0, 0, 1));
  std::string text = "The ";
  for (int i = 0; i < 6; ++i) {
    const auto trace = trainer->route(text, false);
    const auto* last = &trace->logits[(trace->tokens.size() - 1) * trace->vocabulary];
    const auto best = static_cast<std::int32_t>(std::max_element(last, last + trace->vocabulary) - last);
    const auto token = trainer->generate_token();
    ASSERT_TRUE(token);
    EXPECT_EQ(token->text, trainer->data().outputs[best]);
    text += token->text;
    const auto read = trainer->route(text, false);
    EXPECT_EQ(token->first_expert.at(1), read->layers[1].expert[(read->tokens.size() - 1) * 2]);
  }
}

TEST(Trainer, DenseModelHasNoLayersToReport) {
  Config config = small();
  config.ffn = Ffn::dense;
  auto trainer = make(config);
  EXPECT_TRUE(step(*trainer).layers.empty());
  EXPECT_TRUE(trainer->probe()->layers.empty());
  config.ffn = Ffn::moe;
  config.moe_every = 2;
  auto mixed = make(config);
  const StepRecord record = step(*mixed);
  ASSERT_EQ(record.layers.size(), 1U);
  EXPECT_EQ(record.layers[0].block, 1);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
