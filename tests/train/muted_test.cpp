// Experts that are muted or steered while a model learns, by name.
#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "core/config/knobs.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

double sum_of(const std::vector<float>& counts) { return std::accumulate(counts.begin(), counts.end(), 0.0); }

TEST(Muted, GetsNoTokenAndTheOthersTakeThemAll) {
  for (const Gate gate : {Gate::softmax_renormalised, Gate::softmax, Gate::sigmoid, Gate::sinkhorn, Gate::base,
                          Gate::hash, Gate::random}) {
    Config config = small();
    config.gate = gate;
    config.aux_coef = config.z_coef = 0;
    if (!validate(config).empty()) continue;
    const auto trainer = make(config);
    const StepRecord before = step(*trainer);
    config.muted = "0.1 0.3";
    ASSERT_TRUE(trainer->apply(config, 1)) << to_text(find_knob("gate")->get(config));
    for (int i = 0; i < 3; ++i) {
      const StepRecord record = step(*trainer);
      EXPECT_EQ(record.layers[0].counts[1], 0);
      EXPECT_EQ(record.layers[0].counts[3], 0);
      EXPECT_EQ(sum_of(record.layers[0].counts), sum_of(before.layers[0].counts));
      EXPECT_GT(record.layers[1].counts[1] + record.layers[1].counts[3], 0)
          << "of the other layer nobody is muted";
      EXPECT_TRUE(std::isfinite(record.loss));
    }
    // In looks and validation alike.
    const auto look = trainer->probe();
    ASSERT_TRUE(look);
    const ProbeLayer& seen = look->layers[0];
    for (std::size_t t = 0; t * static_cast<std::size_t>(seen.ranked) < seen.expert.size(); ++t)
      for (std::size_t j = 0; j < static_cast<std::size_t>(config.top_k); ++j) {
        const int expert = seen.expert[t * static_cast<std::size_t>(seen.ranked) + j];
        ASSERT_TRUE(expert != 1 && expert != 3) << expert;
      }
    config.muted = "none";
    ASSERT_TRUE(trainer->apply(config, 2));
    EXPECT_GT(step(*trainer).layers[0].counts[1] + step(*trainer).layers[0].counts[3], 0) << "heard again";
  }
}

TEST(Muted, ItsWeightsStay) {
  Config config = small();
  ASSERT_GT(config.weight_decay, 0);
  const auto trainer = make(config);
  // With moments that would move it on.
  losses(*trainer, 3);
  config.muted = "0.1";
  ASSERT_TRUE(trainer->apply(config, 1));
  const auto before = trainer->weights();
  losses(*trainer, 3);
  const auto after = trainer->weights();
  int seen = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool own = before[i].name.find("layers.0.block_sparse_moe.experts.1.") != std::string::npos;
    if (own) ++seen;
    if (own || before[i].name.find("layers.0.block_sparse_moe.gate.weight") != std::string::npos) {
      EXPECT_EQ(before[i].values == after[i].values, own) << before[i].name << ": the router learns on";
    }
  }
  EXPECT_GT(seen, 0);
}

// The selection bias of layer 0; one that never moved is not exported.
std::vector<float> bias_of(const Trainer& trainer) {
  for (const NamedTensor& tensor : trainer.weights())
    if (tensor.name.find("layers.0.") != std::string::npos && tensor.name.ends_with("e_score_correction_bias"))
      return tensor.values;
  return std::vector<float>(4, 0);
}

TEST(Muted, HasNoPartInTheBalance) {
  Config config = small();
  config.bias_rate = 0.01;
  config.muted = config.steered = "0.3";
  config.steer = 5;
  config.top_k = 1;
  const auto trainer = make(config);
  for (int i = 0; i < 4; ++i) {
    const std::vector<float> before = bias_of(*trainer);
    const StepRecord record = step(*trainer);
    const std::vector<float> after = bias_of(*trainer);
    const std::vector<float>& counts = record.layers[0].counts;
    const double mean = sum_of(counts) / 3;
    for (std::size_t e = 0; e < 3; ++e)
      EXPECT_NEAR(after[e] - before[e], counts[e] < mean ? 0.01 : counts[e] > mean ? -0.01 : 0, 1e-6) << e;
    EXPECT_EQ(after[3], 0) << "without end, else";
    // Nearly all of p is the muted one's: what is left of it over all four is near 0.
    EXPECT_GE(record.layers[0].aux[AuxLoss::switch_balance], 0.9);
  }
}

TEST(Muted, IsInNoOtherSetOfAToken) {
  Config config = small();
  config.muted = "0.1";
  const auto trainer = make(config);
  losses(*trainer, 2);
  auto found = trainer->inspect(0, 3);
  ASSERT_TRUE(found);
  while (!found->done) ASSERT_TRUE(trainer->inspect_more(*found, 0));
  EXPECT_EQ(found->possible, 2) << "two of three, but its own";
  EXPECT_EQ(found->sets.size(), 2u);
  for (const RouteSet& set : found->sets) EXPECT_EQ(std::count(set.experts.begin(), set.experts.end(), 1), 0);
}

TEST(Muted, ExpertChoiceGivesItNothing) {
  Config config = small();
  config.gate = Gate::expert_choice;
  config.aux_coef = 0;
  config.muted = "*.2";
  const auto trainer = make(config);
  const StepRecord record = step(*trainer);
  for (const LayerRecord& layer : record.layers) {
    EXPECT_EQ(layer.counts[2], 0);
    EXPECT_GT(layer.counts[1], 0);
  }
}

TEST(Steered, ByNothingIsTheSameBits) {
  const auto plain = make(small());
  Config config = small();
  config.steered = "0.1 1.2";
  const auto named = make(config);
  EXPECT_EQ(losses(*plain, 4), losses(*named, 4));
  EXPECT_TRUE(same_bits(plain->weights(), named->weights()));
}

TEST(Steered, TheMoreItIsTheMoreTokensGoThere) {
  Config config = small();
  const auto trainer = make(config);
  losses(*trainer, 2);
  const auto share_at = [&](double steer) {
    config.steered = "0.1";
    config.steer = steer;
    EXPECT_TRUE(trainer->apply(config, 1));
    const StepRecord record = step(*trainer);
    return record.layers[0].counts[1] / sum_of(record.layers[0].counts);
  };
  const double away = share_at(-50), plain = share_at(0), towards = share_at(50);
  EXPECT_EQ(away, 0);
  EXPECT_GT(plain, 0);
  EXPECT_EQ(towards, 0.5) << "one of the two experts of every token";
}

// What is muted is part of the state: a run that goes on has it.
TEST(Muted, GoesOnWithTheRun) {
  Config config = small();
  config.muted = "1.0";
  config.steered = "0.2";
  config.steer = 1.5;
  const auto trainer = make(config);
  losses(*trainer, 3);
  TrainerState state;
  ASSERT_TRUE(trainer->save(state));
  auto other = TrainerImpl::create(state);
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(losses(*trainer, 3), losses(**other, 3));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
