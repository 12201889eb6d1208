// What is frozen stays to the bit while the rest learns, and its gradient counts for nothing.
#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

std::map<std::string, std::vector<float>> tensors_of(const Trainer& trainer) {
  TrainerState state;
  EXPECT_TRUE(trainer.save(state));
  std::map<std::string, std::vector<float>> found;
  for (const StateTensors::Entry& entry : state.tensors.entries) {
    const auto first = state.tensors.values.begin() + static_cast<std::ptrdiff_t>(entry.begin);
    found[entry.name] = {first, first + static_cast<std::ptrdiff_t>(entry.count)};
  }
  return found;
}

bool is_frozen(const std::string& name) {
  return name.find("layers.0.block_sparse_moe.experts.1.") != std::string::npos ||
         name.find("layers.1.block_sparse_moe.gate.") != std::string::npos;
}

TEST(Frozen, StaysToTheBitWhileTheRestLearns) {
  Config config = small();
  config.bias_rate = 0.01;
  config.accumulation = 2;
  const auto trainer = make(config);
  losses(*trainer, 4);
  config.frozen = "0.1 1.router";
  ASSERT_TRUE(trainer->apply(config, 1));
  const auto before = tensors_of(*trainer);
  losses(*trainer, 5);
  const auto held = tensors_of(*trainer);
  for (const auto& [name, values] : before) {
    if (name == "model.token_counts") continue;  // nobody learns it
    if (is_frozen(name)) {
      EXPECT_EQ(held.at(name), values) << name;
    } else {
      EXPECT_NE(held.at(name), values) << name;
    }
  }
  config.frozen = "none";
  ASSERT_TRUE(trainer->apply(config, 2));
  losses(*trainer, 2);
  for (const auto& [name, values] : tensors_of(*trainer))
    if (is_frozen(name)) {
      EXPECT_NE(values, before.at(name)) << name << " learns again";
    }
}

// With beta1 = 0 and no clipping the first moment after a step is the gradient.
TEST(Frozen, ItsGradientCountsForNoNorm) {
  Config config = small();
  config.beta1 = 0;
  config.grad_clip = 0;
  const auto free = make(config);
  config.frozen = "0.1 1.router";
  const auto frozen = make(config);
  const double whole = step(*free).grad_norm, rest = step(*frozen).grad_norm;
  double held = 0, learned = 0;
  for (const auto& [name, values] : tensors_of(*free))
    if (name.starts_with("adam.first/"))
      for (const float value : values) (is_frozen(name) ? held : learned) += static_cast<double>(value) * value;
  ASSERT_GT(held, 0.001 * learned);
  EXPECT_NEAR(whole * whole, held + learned, 1e-5 * whole * whole);
  EXPECT_NEAR(rest * rest, learned, 1e-5 * learned);
}

TEST(Frozen, NobodyIsTheSameBits) {
  Config config = small();
  const auto plain = make(config);
  config.frozen = "*.0 *.1 *.2 *.3 *.router";
  const auto all = make(config);
  ASSERT_TRUE(all->apply(small(), 1));
  EXPECT_EQ(losses(*plain, 4), losses(*all, 4));
  EXPECT_TRUE(same_bits(plain->weights(), all->weights()));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
