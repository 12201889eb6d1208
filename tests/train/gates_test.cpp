#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <sstream>

#include "core/base/json.h"
#include "core/config/cost.h"
#include "core/config/gates.h"
#include "core/config/json.h"
#include "core/config/knobs.h"
#include "core/record/folder/run_folder.h"
#include "core/record/reading/stored_run.h"
#include "core/session/driving/driver.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

// Every gate with every way to handle overflow and every noise takes steps, changes live, and repeats to the bit.
class EveryGate : public ::testing::TestWithParam<std::tuple<Gate, Overflow>> {
 protected:
  static Config config() {
    Config config = small();
    std::tie(config.gate, config.overflow) = GetParam();
    config.capacity_factor = 0.6;
    config.noise_std = 0.3;
    config.jitter = 0.1;
    config.logit_dropout = 0.1;
    config.route_groups = 2;
    config.route_groups_kept = 1;
    config.bias_rate = 0.01;
    config.slots = 3;
    return without_idle_losses(config);
  }
};

TEST_P(EveryGate, TrainsAndReportsWhatItHas) {
  auto trainer = make(config());
  const GateTraits gate = traits(config().gate);
  const bool drops = gate.top_k && config().overflow != Overflow::dropless;
  for (int i = 0; i < 3; ++i) {
    const StepRecord record = step(*trainer);
    EXPECT_TRUE(std::isfinite(record.total_loss));
    for (const LayerRecord& layer : record.layers) {
      // 32 tokens: two experts each; a share of 0.6 N / N of 16 tokens for each of four, twice; mass 1 each.
      const double sum = std::accumulate(layer.counts.begin(), layer.counts.end(), 0.0);
      EXPECT_NEAR(sum, gate.top_k ? 64 : gate.choices ? 4 * 2 * 3 : 32, 1e-4);
      EXPECT_EQ(layer.assignment_drop_rate > 0, drops);
      EXPECT_EQ(std::isfinite(layer.token_entropy), gate.probabilities);
      EXPECT_EQ(std::isfinite(layer.aux[AuxLoss::switch_balance]), gate.balance);
      EXPECT_EQ(std::isfinite(layer.aux[AuxLoss::z]), gate.logits);
      EXPECT_TRUE(std::isfinite(layer.load_entropy));
    }
  }
  const auto snapshot = trainer->probe();
  ASSERT_TRUE(snapshot);
  const ProbeLayer& seen = snapshot->layers.front();
  for (std::size_t t = 0; t < seen.kept.size() / static_cast<std::size_t>(seen.top_k); ++t) {
    const std::int32_t* chosen = &seen.expert[t * static_cast<std::size_t>(seen.ranked)];
    EXPECT_NE(chosen[0], chosen[1]);
    // Groups of two, one kept: both choices lie in it.
    if (gate.correction) {
      EXPECT_EQ(chosen[0] / 2, chosen[1] / 2);
    }
  }
  EXPECT_EQ(std::isfinite(seen.prob.front()), gate.probabilities);
}

TEST_P(EveryGate, EveryLossAloneIsWhatTheTotalHasMore) {
  for (const AuxLoss loss : kAuxLosses) {
    Config with = config();
    for (const AuxLoss other : kAuxLosses) with.*coefficient_of(other) = 0;
    with.*coefficient_of(loss) = 0.05;
    if (!why_no_loss(loss, with).empty()) continue;
    auto trainer = make(with);
    const StepRecord record = step(*trainer);
    double layers = 0;
    for (const LayerRecord& layer : record.layers) layers += 0.05 * layer.aux[loss];
    EXPECT_NEAR(record.total_loss - record.loss, layers, 1e-5) << key_of(loss);
    EXPECT_NEAR(record.aux[loss], layers, 1e-5) << key_of(loss);
    EXPECT_TRUE(std::isfinite(record.grad_norm));
  }
}

TEST_P(EveryGate, RepeatsToTheBitAndCanBeChosenLive) {
  auto one = make(config()), two = make(config());
  losses(*one, 3);
  losses(*two, 3);
  EXPECT_TRUE(same_values(one->weights(), two->weights()));
  Config plain = small();
  plain.slots = config().slots;
  auto turned = make(plain);
  losses(*turned, 2);
  const bool rebuilds = config().gate == Gate::soft;
  ASSERT_EQ(change_cost(turned->config(), config()), rebuilds ? KnobCost::rebuild : KnobCost::live);
  ASSERT_TRUE(turned->apply(config(), 5));
  EXPECT_TRUE(std::isfinite(step(*turned).loss));
  EXPECT_EQ(turned->model_id(), rebuilds ? 2U : 1U);
  // Weights survive a round trip, the selection bias with them.
  auto fresh = make(config());
  ASSERT_TRUE(fresh->load_weights(one->weights()));
  EXPECT_TRUE(same_values(fresh->weights(), one->weights()));
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryGate,
    ::testing::Combine(::testing::Values(Gate::softmax_renormalised, Gate::softmax, Gate::sigmoid, Gate::sinkhorn,
                                         Gate::expert_choice, Gate::soft, Gate::hash, Gate::random, Gate::base),
                       ::testing::Values(Overflow::dropless, Overflow::drop_late, Overflow::drop_late_token,
                                         Overflow::drop_low, Overflow::drop_bpr, Overflow::drop_random)));

// Each gate's own way through the files: what it decides after a round trip is what it decided before.
class GateFiles : public ::testing::TestWithParam<Gate> {};

TEST_P(GateFiles, AModelFromItsWeightsAloneRoutesAlike) {
  Config config = small();
  config.gate = GetParam();
  config.shared_router = true;
  config.norm = NormKind::rmsnorm;
  config.expert_bias = config.attention_bias = false;
  config.router_bias = config.gate != Gate::soft;
  if (config.gate != Gate::soft) config.learned_noise = LearnedNoise::uniform;
  config.slots = 2;
  config = without_idle_losses(config);
  auto trained = make(config);
  losses(*trained, 3);
  std::int64_t numbers = 0;
  for (const NamedTensor& tensor : trained->weights())
    if (tensor.name != "model.token_counts") numbers += static_cast<std::int64_t>(tensor.values.size());
  EXPECT_EQ(numbers, model_cost(config, trained->data().outputs.size()).parameters);

  auto fresh = TrainerImpl::create_for_weights(config, trained->data().outputs);
  ASSERT_TRUE(fresh);
  ASSERT_TRUE((*fresh)->load_weights(trained->weights()));
  const auto wanted = trained->route("Once upon a", false), got = (*fresh)->route("Once upon a", false);
  EXPECT_EQ(wanted->logits, got->logits);
  for (std::size_t l = 0; l < wanted->layers.size(); ++l) {
    EXPECT_EQ(wanted->layers[l].expert, got->layers[l].expert);
    EXPECT_EQ(wanted->layers[l].weight, got->layers[l].weight);
  }
  ASSERT_TRUE(trained->start_generation("The ", 0.8, 0, 1));
  EXPECT_EQ(trained->generate_token()->first_expert.size(), 2U);
}

// What is written of a run reads back: every line as strict JSON, a figure that a gate does not have as null.
TEST_P(GateFiles, ARunFolderReadsBack) {
  const test::TemporaryFolder folder;
  Config config = small();
  config.gate = GetParam();
  config.bias_rate = 0.01;
  config.probe_interval = 2;
  config = without_idle_losses(config);
  auto trained = make(config);
  auto recorder = RunFolder::create(folder.path() / "run");
  ASSERT_TRUE(recorder);
  Driver driver(*trained, recorder->get());
  driver.start();
  while (trained->step() < 4) ASSERT_TRUE(driver.advance());
  ASSERT_TRUE(driver.export_weights());
  EXPECT_TRUE(driver.take_news().empty());

  std::istringstream lines(test::text_of_file(folder.path() / "run/routing.jsonl"));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto json = parse_json(line, "routing.jsonl");
    ASSERT_TRUE(json) << json.error().message << "\n" << line;
    const Json& shares = (*json)["mean_prob"];
    EXPECT_TRUE(json->contains("mean_prob"));
    EXPECT_EQ(shares.is_null(), !traits(config.gate).probabilities) << line;
    double sum = 0;
    for (std::size_t e = 0; e < shares.size(); ++e) sum += shares[e].number().value_or(NAN);
    if (!shares.is_null()) {
      EXPECT_NEAR(sum, 1, 1e-4) << line;
    }
    EXPECT_EQ((*json)["counts"].size(), 4U);
    EXPECT_TRUE((*json)["dropped"].number()) << line;
  }
  EXPECT_EQ(count, 4);
  EXPECT_EQ(read_json_file(folder.path() / "run/config.json").value()["config"], to_json(config));

  const auto stored = StoredRun::open(folder.path() / "run");
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_TRUE(stored->check_complete());
  auto fresh = TrainerImpl::create_for_weights(stored->config(), stored->vocabulary());
  ASSERT_TRUE(fresh);
  const auto loaded = (*fresh)->load_weights(stored->weights().value());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_TRUE(same_values((*fresh)->weights(), trained->weights()));
}

INSTANTIATE_TEST_SUITE_P(All, GateFiles,
                         ::testing::Values(Gate::softmax_renormalised, Gate::sigmoid, Gate::sinkhorn,
                                           Gate::expert_choice, Gate::soft, Gate::hash, Gate::random, Gate::base));

TEST(Trainer, ASharedRouterIsOneAndChangesWithAllItsLayers) {
  Config config = small();
  config.shared_router = config.router_bias = true;
  config.bias_rate = 0.01;
  auto trainer = make(config);
  losses(*trainer, 2);
  const auto gates = [&] {
    int found = 0;
    for (const NamedTensor& tensor : trainer->weights()) found += tensor.name.ends_with("gate.weight");
    return found;
  };
  EXPECT_EQ(gates(), 1);
  config.experts = 6;
  ASSERT_TRUE(trainer->apply(config, 1));
  EXPECT_EQ(step(*trainer).layers.back().counts.size(), 6U);
  EXPECT_EQ(gates(), 1);
}

TEST(Trainer, ExpertsComeAndGoWithABiasAndLearnedNoise) {
  Config config = small();
  config.router_bias = true;
  config.learned_noise = LearnedNoise::gaussian;
  config.shared_experts = 2;
  config.bias_rate = 0.01;
  auto trainer = make(config);
  losses(*trainer, 3);
  for (const std::int64_t experts : {7, 2, 5}) {
    config.experts = experts;
    ASSERT_TRUE(trainer->apply(config, 1));
    EXPECT_EQ(step(*trainer).layers.front().counts.size(), static_cast<std::size_t>(experts));
  }
  std::int64_t numbers = 0;
  for (const NamedTensor& tensor : trainer->weights())
    if (tensor.name.find("e_score_correction_bias") == std::string::npos)
      numbers += static_cast<std::int64_t>(tensor.values.size());
  EXPECT_EQ(numbers, model_cost(config, trainer->data().outputs.size()).parameters);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
