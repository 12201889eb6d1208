#include "core/config/cost.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/config/knobs.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

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

TEST(ModelCost, EveryGateCountsItsOwn) {
  Config config = tiny();
  const ModelCost plain = model_cost(config, 10);
  config.gate = Gate::soft;
  config.slots = 3;
  EXPECT_EQ(model_cost(config, 10).parameters, plain.parameters - kRouter + 2 * 3 * 8 + 1);
  EXPECT_EQ(model_cost(config, 10).active_parameters, model_cost(config, 10).parameters) << "a token meets every expert";
  // 6 slots for 16 tokens, and scores, mixing and unmixing of each.
  EXPECT_DOUBLE_EQ(model_cost(config, 10).forward_flops_per_token - plain.forward_flops_per_token,
                   2.0 * (3 * 6 * 8 - 2 * 8) + 2.0 * (2 * 8 * 4) * (6.0 / 16 - 1));
  config.gate = Gate::expert_choice;
  config.capacity_factor = 2;
  EXPECT_DOUBLE_EQ(model_cost(config, 10).forward_flops_per_token - plain.forward_flops_per_token, 2.0 * (2 * 8 * 4));
  EXPECT_EQ(model_cost(config, 10).active_parameters, plain.parameters);
  config = tiny();
  config.layers = 3;
  const std::int64_t three = model_cost(config, 10).parameters;
  config.shared_router = true;
  EXPECT_EQ(model_cost(config, 10).parameters, three - 2 * kRouter);
  config.norm = NormKind::rmsnorm;
  EXPECT_EQ(model_cost(config, 10).parameters, three - 2 * kRouter - 7 * 8);
}

// Seed 002's own count, and that of its active ones, with the 65 characters of tiny Shakespeare.
TEST(ModelCost, AgreesWithThePublishedCountsOfASwitchTransformer) {
  Config config;
  config.layers = 6;
  config.moe_every = 2;
  config.d_model = 512;
  config.d_ff = 2048;
  config.heads = 8;
  config.context = 256;
  config.experts = 4;
  config.top_k = 1;
  config.gate = Gate::softmax;
  config.router_bias = true;
  config.expert = ExpertKind::gelu;
  config.norm = NormKind::rmsnorm;
  config.attention_bias = false;
  config.tied_head = false;
  const ModelCost cost = model_cost(config, 65);
  EXPECT_EQ(cost.parameters, 37'997'580);
  EXPECT_EQ(cost.active_parameters, 19'100'172);
}

TEST(ModelCost, TheDenseTwinCostsAsManyFlops) {
  Config config;
  const double wanted = model_cost(config, 90).forward_flops_per_token;
  const Config dense = dense_equal(config, 90);
  EXPECT_EQ(dense.ffn, Ffn::dense);
  // Two experts of 128 and a gate of 8 x 128 against three matrices of 128 x width.
  EXPECT_EQ(dense.d_ff, 2 * 128 + 3);
  EXPECT_NEAR(model_cost(dense, 90).forward_flops_per_token / wanted, 1, 1e-2);
}

TEST(ModelCost, CountsAClassifierByHand) {
  Config config = tiny();
  config.task = TaskKind::clusters;
  config.cluster_dims = 3;
  // Map, two norms, router, two experts, head; no attention.
  const std::int64_t map = 3 * 8 + 8, norms = 2 * 2 * 8, head = 5 * 8 + 5;
  EXPECT_EQ(model_cost(config, 5).parameters, map + norms + kRouter + 2 * kExpert + head);
  EXPECT_DOUBLE_EQ(model_cost(config, 5).forward_flops_per_token, 2.0 * (3 * 8 + 5 * 8) + 2.0 * (2 * 8) + 2.0 * (2 * 8 * 4));
  config.residual = false;
  config.cluster_dims = 8;
  EXPECT_EQ(model_cost(config, 5).parameters, kRouter + 2 * kExpert + head) << "points enter as they are";
}

// What the program took, in MB, by tests/bench/memory_bench.cpp on two cores with 90 characters (text) or 3
// classes.
TEST(ModelCost, MemoryIsWhatWasMeasured) {
  struct Measured {
    double mb;
    std::vector<std::string> settings;
    std::int64_t outputs = 90;
  };
  const Measured measured[] = {
      {56.4, {}},
      {48.1, {"precision=bf16"}},
      {352, {"experts=64", "d_ff=256"}},
      {205, {"experts=256", "d_ff=32", "top_k=8"}},
      {737, {"d_model=512", "d_ff=1024", "heads=8", "batch_size=4"}},
      {200, {"layers=12"}},
      {198, {"context=1024", "batch_size=2"}},
      {123, {"context=1024", "batch_size=2", "precision=bf16"}},
      {329, {"context=2048", "batch_size=1", "heads=8", "layers=2"}},
      {293, {"batch_size=64"}},
      {237, {"batch_size=64", "precision=bf16"}},
      {105, {"accumulation=4", "batch_size=16"}},
      {134, {"shared_experts=4", "batch_size=16"}},
      {126, {"top_k=8", "batch_size=16"}},
      {196, {"gate=soft", "slots=64", "experts=16"}},
      {94.1, {"gate=expert-choice", "capacity_factor=2", "batch_size=16"}},
      {138, {"gate=sinkhorn", "batch_size=16", "experts=32"}},
      {97.7, {"ffn=dense", "batch_size=16", "d_ff=512"}},
      {79.5, {"residual=false", "batch_size=16"}},
      {181, {"batch_size=32", "layers=2"}, 1025},
      {26.2, {"task=clusters"}, 3},
      {1691, {"task=clusters", "d_model=512", "d_ff=1024", "batch_size=512", "experts=16", "layers=4"}, 3},
      {128, {"task=clusters", "batch_size=4096", "d_ff=256"}, 3},
      {119, {"task=clusters", "cluster_points=10000", "cluster_classes=12", "cluster_dims=32", "layers=4"}, 12},
  };
  for (const Measured& m : measured) {
    Config config;
    std::string all;
    for (const std::string& setting : m.settings) {
      const std::size_t equals = setting.find('=');
      ASSERT_TRUE(set_from_text(config, setting.substr(0, equals), setting.substr(equals + 1))) << setting;
      all += setting + " ";
    }
    const double ratio = model_cost(config, m.outputs).training_bytes / (m.mb * 1e6);
    EXPECT_GT(ratio, 0.85) << all;
    EXPECT_LT(ratio, 1.2) << all;
  }
}

TEST(ModelCost, BareLayersHaveNoNorms) {
  Config config = tiny();
  const std::int64_t with = model_cost(config, 10).parameters;
  config.residual = false;
  EXPECT_EQ(model_cost(config, 10).parameters, with - 3 * 2 * 8);
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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
