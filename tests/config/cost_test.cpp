#include "core/config/cost.h"

#include <gtest/gtest.h>

namespace switchyard {
namespace {

// d = 8, d_ff = 4, 2 experts of which 1 is used, 1 layer, context 16, 10 characters, tied head.
Config tiny() {
  Config c;
  c.layers = 1;
  c.d_model = 8;
  c.d_ff = 4;
  c.heads = 2;
  c.context = 16;
  c.experts = 2;
  c.top_k = 1;
  c.expert = ExpertKind::relu;
  c.tied_head = true;
  return c;
}

constexpr std::int64_t kEmbeddings = 10 * 8 + 16 * 8;
constexpr std::int64_t kNorms = 2 * 8 + 4 * 8;  // the last one, two of the block; gain and bias
constexpr std::int64_t kAttention = 4 * (8 * 8 + 8);
constexpr std::int64_t kExpert = 2 * 8 * 4 + 4 + 8;
constexpr std::int64_t kRouter = 2 * 8;

TEST(ModelCost, CountsParametersByHand) {
  const ModelCost cost = model_cost(tiny(), 10);
  EXPECT_EQ(cost.parameters, kEmbeddings + kNorms + kAttention + kRouter + 2 * kExpert);
  EXPECT_EQ(cost.active_parameters, cost.parameters - kExpert);
  EXPECT_GT(cost.training_bytes, 16.0 * static_cast<double>(cost.parameters));
}

TEST(ModelCost, CountsDenseAndUntiedModels) {
  Config config = tiny();
  config.ffn = Ffn::dense;
  config.tied_head = false;
  const ModelCost cost = model_cost(config, 10);
  EXPECT_EQ(cost.parameters, kEmbeddings + kNorms + kAttention + kExpert + 80);
  EXPECT_EQ(cost.active_parameters, cost.parameters);
}

TEST(ModelCost, CountsFlopsByHand) {
  // Head, the four matrices of attention, scores and values over half the context, router, one expert.
  const double expected = 2.0 * (10 * 8) + 2.0 * (4 * 64) + 2.0 * (2 * 8 * 8) + 2.0 * (2 * 8) + 2.0 * (2 * 8 * 4);
  EXPECT_DOUBLE_EQ(model_cost(tiny(), 10).forward_flops_per_token, expected);
}

TEST(ModelCost, TheLastOfEveryMBlocksIsAnMoELayer) {
  Config config;
  config.layers = 6;
  config.moe_every = 3;
  std::string blocks;
  for (std::int64_t b = 0; b < 6; ++b) blocks += is_moe_block(config, b) ? 'M' : '.';
  EXPECT_EQ(blocks, "..M..M");
  config.ffn = Ffn::dense;
  EXPECT_FALSE(is_moe_block(config, 2));
}

}  // namespace
}  // namespace switchyard
