#include "core/train/trainer_impl.h"

#include <gtest/gtest.h>
#include <torch/cuda.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <numeric>

#include "core/base/utf8.h"
#include "core/config/cost.h"
#include "core/config/knobs.h"
#include "core/data/batches.h"
#include "core/train/optimizer/schedule.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/naive_reference.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace {

TEST(Trainer, TenStepsEqualANaiveReference) {
  const Config config = small();
  auto trainer = make(config);
  NaiveReference reference(config, trainer->weights());
  BatchSampler sampler(load_corpus(config.corpus, config.context).value(), config.context,
                       static_cast<std::uint64_t>(config.seed));
  for (int i = 1; i <= 10; ++i) {
    Batch batch = sampler.at((i - 1) * config.batch_size, config.batch_size);
    const at::Tensor ids = torch::tensor(batch.inputs, at::kLong).view({batch.batch, batch.context});
    const at::Tensor targets = torch::tensor(batch.targets, at::kLong).view({batch.batch, batch.context});
    at::Tensor total;
    const double wanted = reference.loss(ids, targets, total).item<double>();
    total.backward();
    reference.update(i, learning_rate_at(config, i));
    const StepRecord record = step(*trainer);
    EXPECT_NEAR(record.loss, wanted, 1e-4) << "step " << i;
    EXPECT_NEAR(record.total_loss, total.item<double>(), 1e-4) << "step " << i;
  }
}

TEST(Trainer, BareLayersEqualANaiveReference) {
  Config config = small();
  config.residual = false;
  auto trainer = make(config);
  for (const NamedTensor& tensor : trainer->weights())
    EXPECT_EQ(tensor.name.find("norm"), std::string::npos) << tensor.name;
  NaiveReference reference(config, trainer->weights());
  BatchSampler sampler(load_corpus(config.corpus, config.context).value(), config.context,
                       static_cast<std::uint64_t>(config.seed));
  for (int i = 1; i <= 4; ++i) {
    Batch batch = sampler.at((i - 1) * config.batch_size, config.batch_size);
    const at::Tensor ids = torch::tensor(batch.inputs, at::kLong).view({batch.batch, batch.context});
    const at::Tensor targets = torch::tensor(batch.targets, at::kLong).view({batch.batch, batch.context});
    at::Tensor total;
    const double wanted = reference.loss(ids, targets, total).item<double>();
    total.backward();
    reference.update(i, learning_rate_at(config, i));
    const StepRecord record = step(*trainer);
    EXPECT_NEAR(record.loss, wanted, 1e-4) << "step " << i;
    EXPECT_NEAR(record.total_loss, total.item<double>(), 1e-4) << "step " << i;
  }
}

TEST(Trainer, OneSeedAndOneThreadRepeatToTheBit) {
  Config config = small();
  config.noise_std = 0.5;
  auto first = make(config), second = make(config);
  EXPECT_EQ(losses(*first, 8), losses(*second, 8));
  EXPECT_TRUE(same_values(first->weights(), second->weights()));
  config.seed = 2;
  EXPECT_NE(losses(*make(config), 3), losses(*make(small()), 3));
}

TEST(Trainer, LookingChangesNothing) {
  auto watched = make(small()), alone = make(small());
  std::vector<double> seen, unseen = losses(*alone, 6);
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(watched->probe());
    ASSERT_TRUE(watched->validate());
    ASSERT_TRUE(watched->start_generation("The", 1.0, 0, 5));
    ASSERT_TRUE(watched->generate_token());
    seen.push_back(step(*watched).loss);
  }
  EXPECT_EQ(seen, unseen);
}

TEST(Trainer, AccumulationOfTwoHalvesIsTheWholeBatch) {
  // Without capacity and with the balance loss off, the gradient of a batch is the mean of its halves'.
  Config config = small();
  config.aux_coef = 0;
  config.batch_size = 4;
  auto whole = make(config);
  config.batch_size = 2;
  config.accumulation = 2;
  auto halves = make(config);
  for (int i = 0; i < 4; ++i) {
    const StepRecord a = step(*whole), b = step(*halves);
    EXPECT_NEAR(a.loss, b.loss, 2e-5);
    EXPECT_NEAR(a.grad_norm, b.grad_norm, 1e-4);
    EXPECT_EQ(a.tokens, b.tokens);
  }
}

// An edit starts a step over, with the batches and the noise that it began with.
TEST(Trainer, AnEditInTheMiddleOfAStepMovesNeitherDataNorDraws) {
  for (const TaskKind task : {TaskKind::language, TaskKind::clusters}) {
    Config config = small();
    config.task = task;
    config.accumulation = 4;
    config.noise_std = 0.5;
    config.expert_dropout = 0.2;
    auto straight = make(config), edited = make(config);
    for (int slices = 1; slices <= 3; ++slices) {
      const double wanted = step(*straight).loss;
      for (int i = 0; i < slices; ++i) ASSERT_TRUE(edited->advance());
      ASSERT_TRUE(edited->apply(config, static_cast<std::uint64_t>(slices)));
      EXPECT_EQ(step(*edited).loss, wanted) << slices;
    }
    EXPECT_TRUE(same_bits(straight->weights(), edited->weights()));
  }
}

TEST(Trainer, RecordsAreWhole) {
  Config config = small();
  config.experts = 6;
  config.overflow = Overflow::drop_late;
  config.capacity_factor = 0.5;
  auto trainer = make(config);
  for (int i = 1; i <= 5; ++i) {
    const StepRecord record = step(*trainer);
    EXPECT_EQ(record.step, i);
    EXPECT_EQ(record.tokens, i * 32);
    EXPECT_EQ(std::isnan(record.val_loss), i != 1 && i != 5);
    EXPECT_NEAR(record.learning_rate, learning_rate_at(config, i), 1e-15);
    double terms = 0;
    for (const double term : record.aux.values) terms += term;
    EXPECT_NEAR(record.total_loss, record.loss + terms, 1e-5);
    ASSERT_EQ(record.layers.size(), 2U);
    for (const LayerRecord& layer : record.layers) {
      float sum = 0, mass = 0;
      for (const float count : layer.counts) sum += count;
      for (const float p : layer.mean_prob) mass += p;
      EXPECT_EQ(sum, 64) << "k assignments a token, before capacity";
      EXPECT_NEAR(mass, 1, 1e-5);
      EXPECT_GT(layer.assignment_drop_rate, 0.3) << "half the room is there";
    }
  }
}

TEST(Trainer, TheBuiltInStoriesAreLearnt) {
  Config config = small();
  config.batch_size = 8;
  config.context = 32;
  config.tied_head = false;  // a tied one starts by guessing the character it has just read
  auto trainer = make(config);
  const double before = trainer->validate()->loss;
  losses(*trainer, 60);
  const double after = trainer->validate()->loss;
  EXPECT_NEAR(before, std::log(static_cast<double>(trainer->data().outputs.size())), 0.3) << "knows nothing yet";
  EXPECT_LT(after, before - 1.0);
}

TEST(Trainer, LiveKnobsActInPlace) {
  auto trainer = make(small());
  losses(*trainer, 3);
  const auto weights = trainer->weights();
  Config config = small();
  config.top_k = 3;
  config.learning_rate = 1e-3;
  config.batch_size = 5;
  ASSERT_TRUE(trainer->apply(config, 7));
  EXPECT_TRUE(same_values(weights, trainer->weights()));
  EXPECT_EQ(trainer->model_id(), 1U);
  const StepRecord record = step(*trainer);
  EXPECT_EQ(record.revision, 7U);
  EXPECT_EQ(record.step, 4);
  EXPECT_EQ(record.tokens, 3 * 32 + 5 * 16);
  float sum = 0;
  for (const float count : record.layers[0].counts) sum += count;
  EXPECT_EQ(sum, 3 * 5 * 16);
}

TEST(Trainer, RebuildKnobsBeginANewModel) {
  auto trainer = make(small());
  losses(*trainer, 3);
  Config config = small();
  config.d_ff = 20;
  ASSERT_TRUE(trainer->apply(config, 1));
  EXPECT_EQ(trainer->model_id(), 2U);
  EXPECT_EQ(trainer->step(), 0);
  EXPECT_EQ(losses(*trainer, 3), losses(*make(config), 3)) << "the same as if it had begun so";
}

TEST(Trainer, ResetIsTheBeginningAgain) {
  auto trainer = make(small());
  const auto first = losses(*trainer, 4);
  ASSERT_TRUE(trainer->reset());
  EXPECT_EQ(trainer->step(), 0);
  EXPECT_EQ(losses(*trainer, 4), first);
}

TEST(Trainer, RefusedConfigurationsChangeNothing) {
  auto trainer = make(small());
  losses(*trainer, 2);
  const auto weights = trainer->weights();
  const auto refused = [&](auto change, const char* names) {
    Config config = small();
    change(config);
    const auto result = trainer->apply(config, 9);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::usage);
    EXPECT_NE(result.error().message.find(names), std::string::npos) << result.error().message;
  };
  refused([](Config& c) { c.top_k = 5; }, "top_k");
  refused([](Config& c) { c.corpus = "/no/such/file.txt"; }, "/no/such/file.txt");
  refused([](Config& c) { c.d_model = 4096; c.d_ff = 16384; c.experts = 256; c.layers = 48; }, "GiB");
  refused([](Config& c) { c.learning_rate = std::nan(""); }, "learning_rate");
  EXPECT_TRUE(same_values(weights, trainer->weights()));
  EXPECT_EQ(trainer->model_id(), 1U);
  EXPECT_EQ(step(*trainer).step, 3);
}

// Noise of 300 kinds, of which 10 have a token: 97 % of it is <unk>, which a model soon always predicts. Nothing
// can be learned of it, so every loss is at least ln 300 = 5.70, and next to nothing is right.
TEST(Trainer, UnknownCharactersNeitherCountAsRightNorFlatterALoss) {
  const test::TemporaryFolder folder;
  RandomStream stream(1, "noise");
  std::string noise;
  for (int i = 0; i < 20'000; ++i) noise += encode_utf8(0x4E00 + static_cast<char32_t>(stream.below(300)));
  Config config = small();
  config.corpus = (folder.path() / "noise.txt").string();
  std::ofstream(config.corpus) << noise;
  config.vocabulary_limit = 10;
  config.batch_size = 16;
  config.val_batches = 4;
  auto trainer = make(config);
  ASSERT_EQ(trainer->data().outputs.size(), 11u);
  EXPECT_EQ(trainer->data().text.unknown.kinds, 290);
  EXPECT_GT(trainer->data().bigram_loss, std::log(300.0) - 0.02);
  EXPECT_LT(trainer->data().largest_share, 0.02);  // of a character, not of <unk>
  losses(*trainer, 39);
  const StepRecord last = step(*trainer);
  EXPECT_GT(last.loss, std::log(300.0) - 0.1);
  EXPECT_LT(last.loss, std::log(300.0) + 0.3);
  EXPECT_GT(last.total_loss, std::log(300.0) - 0.1);
  EXPECT_GT(last.val_loss, std::log(300.0) - 0.05);
  EXPECT_LT(last.train_accuracy, 0.02);
  EXPECT_LT(last.val_accuracy, 0.02);

  const Snapshot snapshot = *trainer->probe();
  double sum = 0, count = 0;
  for (const float loss : snapshot.token_loss)
    if (!std::isnan(loss)) sum += loss, ++count;
  EXPECT_GT(sum / count, std::log(300.0) - 0.1);
  // A token and its other routes are charged alike: differences stay those of the model.
  auto inspection = trainer->inspect(0, 3);
  ASSERT_TRUE(inspection);
  EXPECT_NEAR(inspection->loss, snapshot.token_loss[3], 1e-4);
  while (!inspection->done) ASSERT_TRUE(trainer->inspect_more(*inspection, 0));
  for (const RouteSet& set : inspection->sets) EXPECT_LT(std::abs(set.difference), 1);  // ln 290 is 5.7
}

// A loss that is not finite, found in the first micro-batch or the second; and one that is, with a gradient that
// is not.
TEST(Trainer, AFailedStepKeepsTheWeightsAndTheMomentsAndCanGoOn) {
  const auto not_a_number = [](NamedTensor& tensor) {
    if (tensor.name == "model.embed_tokens.weight") tensor.values.assign(tensor.values.size(), std::nanf(""));
  };
  // Hidden layers of 1e36 that are multiplied by 0 on their way out, and by the head's slope of 1e10 on the way
  // back.
  const auto too_steep = [](NamedTensor& tensor) {
    const auto scale = [&](float by) {
      for (float& value : tensor.values) value *= by;
    };
    if (tensor.name == "lm_head.weight") scale(1e10F);
    if (tensor.name.find("layers.1.block_sparse_moe.experts") == std::string::npos) return;
    if (tensor.name.ends_with("w1.weight") || tensor.name.ends_with("w3.weight")) scale(1e18F);
    if (tensor.name.ends_with("w2.weight")) scale(0);
  };
  using Poison = std::function<void(NamedTensor&)>;
  for (const auto& [poison, message] :
       {std::pair<Poison, std::string_view>{not_a_number, "the loss"}, {too_steep, "gradient"}})
    for (const std::int64_t accumulation : {1, 2}) {
      SCOPED_TRACE(testing::Message() << message << " " << accumulation);
      Config config = small();
      config.tied_head = false;
      config.accumulation = accumulation;
      auto trainer = make(config), other = make(config);
      losses(*trainer, 2);
      losses(*other, 2);
      const auto good = trainer->weights();
      auto poisoned = good;
      for (NamedTensor& tensor : poisoned) poison(tensor);
      ASSERT_TRUE(trainer->load_weights(poisoned));
      Result<std::optional<StepRecord>> failed = std::optional<StepRecord>();
      for (std::int64_t i = 0; i < accumulation && failed; ++i) failed = trainer->advance();
      ASSERT_FALSE(failed);
      EXPECT_EQ(failed.error().kind, ErrorKind::failure);
      EXPECT_NE(failed.error().message.find("step 3"), std::string::npos) << failed.error().message;
      EXPECT_NE(failed.error().message.find(message), std::string::npos) << failed.error().message;
      EXPECT_TRUE(same_bits(trainer->weights(), poisoned)) << "those before the step, whatever they were";
      EXPECT_EQ(trainer->step(), 2);

      // Neither the optimizer nor the data knows of it: from the same weights the next step is that of a trainer
      // that never failed.
      ASSERT_TRUE(trainer->load_weights(good));
      EXPECT_EQ(step(*trainer).step, 3);
      EXPECT_EQ(step(*other).step, 3);
      EXPECT_TRUE(same_bits(trainer->weights(), other->weights()));
    }
}

// What a balance loss is does not depend on whether it is optimised: its curve has no jump at coefficient 0.
TEST(Trainer, FiguresOfLossesDoNotDependOnTheirCoefficient) {
  for (const BalanceScope scope : {BalanceScope::sequence, BalanceScope::micro, BalanceScope::global})
    for (const AuxLoss which :
         {AuxLoss::switch_balance, AuxLoss::importance, AuxLoss::mse_prob, AuxLoss::mse_load, AuxLoss::z}) {
      Config without = small();
      without.accumulation = 3;
      without.balance_scope = scope;
      without.*coefficient_of(which) = 0;
      Config with = without;
      with.*coefficient_of(which) = 1e-9;
      const StepRecord shown = step(*make(without)), optimised = step(*make(with));
      for (std::size_t l = 0; l < shown.layers.size(); ++l)
        EXPECT_NEAR(shown.layers[l].aux[which] / optimised.layers[l].aux[which], 1, 1e-6)
            << key_of(which) << " layer " << l;
    }
  // And it is what was optimised.
  Config config = small();
  config.accumulation = 3;
  config.balance_scope = BalanceScope::global;
  config.aux_coef = 0.5;
  const StepRecord record = step(*make(config));
  EXPECT_NEAR(
      record.aux[AuxLoss::switch_balance],
      0.5 * (record.layers[0].aux[AuxLoss::switch_balance] + record.layers[1].aux[AuxLoss::switch_balance]), 1e-6);
}

// The largest mean of a layer's selection bias, by its size.
double bias_drift(const Trainer& trainer) {
  double most = 0;
  for (const NamedTensor& tensor : trainer.weights()) {
    if (!tensor.name.ends_with("e_score_correction_bias")) continue;
    const double sum = std::accumulate(tensor.values.begin(), tensor.values.end(), 0.0);
    most = std::max(most, std::abs(sum / static_cast<double>(tensor.values.size())));
  }
  return most;
}

// Two models alike but for the rule: both choose the same at every step, and so learn the same to the bit.
TEST(Trainer, ACentredSelectionBiasChoosesTheSameAndDoesNotDrift) {
  for (const Gate gate : {Gate::softmax, Gate::sigmoid}) {
    Config config = small();
    config.gate = gate;
    config.experts = 6;
    config.top_k = 3;
    config.route_groups = 3;
    config.route_groups_kept = 2;
    config.bias_rate = 0.01;
    config.aux_coef = 0;
    auto paper = make(config);
    config.bias_rule = BiasRule::centred;
    auto centred = make(config);
    double drift = 0;
    for (int i = 0; i < 60; ++i) {
      const StepRecord a = step(*paper), b = step(*centred);
      ASSERT_EQ(a.loss, b.loss) << i;
      for (std::size_t l = 0; l < a.layers.size(); ++l) ASSERT_EQ(a.layers[l].counts, b.layers[l].counts) << i;
      EXPECT_LT(bias_drift(*centred), 1e-6) << i;
      drift = std::max(drift, bias_drift(*paper));
    }
    EXPECT_GT(drift, 0.01);
    const RouteTrace wanted = *paper->route("Once upon a time", false), got = *centred->route("Once upon a time", false);
    for (std::size_t l = 0; l < wanted.layers.size(); ++l) EXPECT_EQ(got.layers[l].expert, wanted.layers[l].expert);
  }
}

// A drift that is there goes with the first step under the rule, and so does what clones bring in.
TEST(Trainer, TheSelectionBiasIsCentredInAModelThatChanges) {
  Config config = small();
  config.gate = Gate::sigmoid;
  config.bias_rate = 0.05;
  auto trainer = make(config);
  for (int i = 0; i < 40; ++i) step(*trainer);
  ASSERT_GT(bias_drift(*trainer), 1e-3);
  config.bias_rule = BiasRule::centred;
  for (const std::int64_t experts : {4, 7, 3}) {
    config.experts = experts;
    ASSERT_TRUE(trainer->apply(config, 1));
    step(*trainer);
    EXPECT_LT(bias_drift(*trainer), 1e-6) << experts;
  }
}

TEST(Trainer, AFileWithoutASelectionBiasHasNone) {
  Config config = small();
  const auto plain = make(config)->weights();
  config.bias_rate = 0.1;
  auto trainer = make(config);
  losses(*trainer, 3);
  const auto has_bias = [&] {
    for (const NamedTensor& tensor : trainer->weights())
      if (tensor.name.ends_with("e_score_correction_bias")) return true;
    return false;
  };
  EXPECT_TRUE(has_bias());
  ASSERT_TRUE(trainer->load_weights(plain));
  EXPECT_FALSE(has_bias());
  EXPECT_TRUE(same_values(trainer->weights(), plain));
}

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

TEST(Trainer, TrainsInBf16) {
  Config config = small();
  config.learning_rate = 1e-3;  // AdamW's first steps are the rate times a sign, which rounding may turn
  Config in_bf16 = config;
  in_bf16.precision = Precision::bf16;
  const auto rounded = losses(*make(in_bf16), 5), exact = losses(*make(config), 5);
  for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(rounded[i], exact[i], 3e-2);
  EXPECT_NE(rounded, exact) << "it does round";
}

TEST(Trainer, AutomaticPrecisionIsWhatTheEngineSaysItIs) {
  Config automatic = small(), named = small();
  automatic.precision = Precision::automatic;
  const auto trainer = make(automatic);
  named.precision = trainer->info().auto_precision == "bf16" ? Precision::bf16 : Precision::fp32;
  EXPECT_EQ(losses(*trainer, 3), losses(*make(named), 3));
}

TEST(Trainer, ADeviceThatIsNotThereIsRefusedByName) {
  Config config = small();
  config.device = DeviceChoice::cuda3;
  if (torch::cuda::device_count() > 3) return;  // it is there
  const auto refused = TrainerImpl::create(config);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("device = cuda:3"), std::string::npos) << refused.error().message;
  auto trainer = make(small());
  EXPECT_FALSE(trainer->apply(config, 1));
  EXPECT_EQ(step(*trainer).step, 1) << "the running model goes on";
}

TEST(Schedule, WarmsUpFallsAndStays) {
  Config config;
  config.learning_rate = 1.0;
  config.min_lr = 0.1;
  config.warmup_steps = 10;
  config.schedule_steps = 110;
  EXPECT_NEAR(learning_rate_at(config, 1), 0.1, 1e-12);
  EXPECT_NEAR(learning_rate_at(config, 10), 1.0, 1e-12);
  EXPECT_NEAR(learning_rate_at(config, 60), 0.55, 1e-12);
  EXPECT_NEAR(learning_rate_at(config, 110), 0.1, 1e-12);
  EXPECT_NEAR(learning_rate_at(config, 100'000), 0.1, 1e-12);
  config.min_lr = 5.0;
  EXPECT_NEAR(learning_rate_at(config, 200), 1.0, 1e-12);
}

}  // namespace
}  // namespace switchyard
