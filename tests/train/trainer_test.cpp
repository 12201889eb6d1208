// Training against a naive reference, by closed forms and to the bit.
#include "core/train/trainer_impl.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "core/base/utf8.h"
#include "core/data/batches.h"
#include "core/train/optimizer/schedule.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/naive_reference.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

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

// What a balance loss is does not depend on whether it is optimised: its curve has no jump at coefficient 0.
TEST(Trainer, FiguresOfLossesDoNotDependOnTheirCoefficient) {
  for (const BalanceScope scope :
       {BalanceScope::sequence, BalanceScope::micro, BalanceScope::global, BalanceScope::global_exact})
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
  config.aux_coef = 0.5;
  for (const BalanceScope scope : {BalanceScope::global, BalanceScope::global_exact}) {
    config.balance_scope = scope;
    const StepRecord record = step(*make(config));
    EXPECT_NEAR(
        record.aux[AuxLoss::switch_balance],
        0.5 * (record.layers[0].aux[AuxLoss::switch_balance] + record.layers[1].aux[AuxLoss::switch_balance]),
        1e-6);
    EXPECT_EQ(record.ahead_ms > 0, scope == BalanceScope::global_exact);
    EXPECT_LT(record.ahead_ms, record.step_ms);
  }
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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
