// The selection bias over many steps, and through files.
#include "core/train/trainer_impl.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
