// Counterfactuals of a token: what other routes would have made of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/data/batches.h"
#include "tests/train/naive_reference.h"
#include "tests/train/looks.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

// --- counterfactuals

void finish(Trainer& trainer, Inspection& inspection) {
  while (!inspection.done) ASSERT_TRUE(trainer.inspect_more(inspection, 0));
}

TEST(Regret, EveryOtherRouteEqualsANaiveRecomputation) {
  const Config config = small();
  const auto trainer = trained(config, 6);
  const Snapshot snapshot = *trainer->probe();
  const at::Tensor ids = probe_ids(*snapshot.tokens);
  const std::int64_t length = ids.size(1);
  for (const std::int32_t layer : {0, 1})
    for (const std::int32_t token : {0, 7, 14, 35}) {
      auto inspection = trainer->inspect(layer, token);
      ASSERT_TRUE(inspection);
      EXPECT_NEAR(inspection->loss, snapshot.token_loss[static_cast<std::size_t>(token)], 1e-4);
      finish(*trainer, *inspection);
      ASSERT_EQ(inspection->sets.size(), 5u) << "C(4, 2) - 1";
      EXPECT_EQ(inspection->possible, 5);
      const at::Tensor sequence = ids.narrow(0, token / length, 1);
      const auto naive = [&](const std::vector<std::int32_t>& experts) {
        NaiveReference reference(config, trainer->weights());
        reference.forced[{layer, token % length}] = {experts.begin(), experts.end()};
        at::Tensor unused;
        return reference.token_losses(sequence, at::roll(sequence, -1, 1), unused)[token % length].item<double>();
      };
      const double own = naive(inspection->own);
      EXPECT_NEAR(inspection->loss, own, 1e-4);
      double least = own;
      for (const RouteSet& set : inspection->sets) {
        const double loss = naive(set.experts);
        EXPECT_NEAR(set.difference, loss - own, 2e-4) << layer << " " << token;
        least = std::min(least, loss);
      }
      EXPECT_NEAR(inspection->regret(), own - least, 2e-4);
      EXPECT_GE(inspection->regret(), 0);
    }
}

TEST(Regret, IsSampledBeyondAThousandSets) {
  Config config = small();
  config.experts = 16;
  config.top_k = 4;  // 1,820 sets
  const auto trainer = trained(config, 1);
  auto inspection = trainer->inspect(0, 3);
  ASSERT_TRUE(inspection);
  int parts = 0;
  for (; !inspection->done; ++parts) ASSERT_TRUE(trainer->inspect_more(*inspection, 0));
  EXPECT_EQ(parts, 4) << "in parts, so that training can go on between them";
  EXPECT_EQ(inspection->sets.size(), 1000u);
  EXPECT_TRUE(inspection->sampled());
  EXPECT_TRUE(std::is_sorted(inspection->sets.begin(), inspection->sets.end(),
                             [](const RouteSet& a, const RouteSet& b) { return a.difference < b.difference; }));
}

TEST(Regret, ShowsTheTokenInEveryLayer) {
  const auto trainer = trained(small(), 3);
  const Snapshot snapshot = *trainer->probe(everything());
  const Inspection inspection = *trainer->inspect(-1, 21);
  EXPECT_TRUE(inspection.done);
  ASSERT_EQ(inspection.layers.size(), 2u);
  for (std::size_t l = 0; l < 2; ++l) {
    const Inspection::Layer& layer = inspection.layers[l];
    const ProbeLayer& seen = snapshot.layers[l];
    ASSERT_EQ(layer.probability.size(), 4u);
    for (std::size_t e = 0; e < 4; ++e) {
      EXPECT_FLOAT_EQ(layer.probability[e], seen.probabilities[21 * 4 + e]);
      EXPECT_FLOAT_EQ(layer.logit[e], seen.logits[21 * 4 + e]);
    }
    EXPECT_EQ(layer.expert[0], seen.expert[21 * static_cast<std::size_t>(seen.ranked)]);
    EXPECT_FLOAT_EQ(layer.weight[1], seen.weight[21 * 2 + 1]);
  }
}

TEST(Regret, IsRefusedWhereThereIsNone) {
  Config config = small();
  const auto why = [&](std::int32_t token) {
    const auto trainer = trained(config, 1);
    auto inspection = trainer->inspect(0, token);
    EXPECT_TRUE(inspection);
    EXPECT_TRUE(inspection->done);
    EXPECT_TRUE(std::isnan(inspection->regret()));
    return inspection->no_regret;
  };
  EXPECT_THAT(why(15), HasSubstr("last token"));
  config.top_k = 4;
  EXPECT_THAT(why(3), HasSubstr("all experts"));
  config = small();
  config.aux_coef = config.z_coef = 0;
  config.gate = Gate::expert_choice;
  EXPECT_THAT(why(3), HasSubstr("expert-choice"));
  config.gate = Gate::soft;
  EXPECT_THAT(why(3), HasSubstr("soft"));

  const auto trainer = make(small());
  EXPECT_FALSE(trainer->inspect(0, 1'000'000));
  EXPECT_FALSE(trainer->inspect(0, -1));
  EXPECT_FALSE(trainer->inspect(2, 0));
}

TEST(Regret, DoesNotGoOnInAnotherModel) {
  auto trainer = make(small());
  auto inspection = trainer->inspect(0, 3);
  ASSERT_TRUE(inspection);
  Config config = small();
  config.experts = 5;
  ASSERT_TRUE(trainer->apply(config, 1));
  EXPECT_FALSE(trainer->inspect_more(*inspection, 0));
  inspection = trainer->inspect(0, 3);
  ASSERT_TRUE(trainer->reset());
  EXPECT_FALSE(trainer->inspect_more(*inspection, 0));
}

TEST(Regret, OfPointsIsTheBestOfAllRoutes) {
  Config config = small();
  config.task = TaskKind::clusters;
  for (const Gate gate : {Gate::softmax, Gate::sigmoid, Gate::random}) {
    config.gate = gate;
    if (gate == Gate::random) config.aux_coef = config.z_coef = 0;
    const auto trainer = trained(config, 3);
    auto inspection = trainer->inspect(1, 9);
    ASSERT_TRUE(inspection);
    EXPECT_NEAR(inspection->loss, trainer->probe()->token_loss[9], 1e-4);
    finish(*trainer, *inspection);
    EXPECT_EQ(inspection->sets.size(), 5u);
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
