#include "core/train/looks/cluster_prober.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/train/tasks/task.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(Accuracy, CountsTheLargestLogitsAtTheTarget) {
  const at::Tensor logits =
      torch::tensor({{3.0F, 1.0F, 2.0F}, {0.0F, 5.0F, 1.0F}, {1.0F, 2.0F, 9.0F}, {7.0F, 1.0F, 1.0F}});
  EXPECT_EQ(count_right(logits, torch::tensor({0, 1, 2, 0}, at::kLong)), 4);
  EXPECT_EQ(count_right(logits, torch::tensor({0, 2, 1, 0}, at::kLong)), 2);
  EXPECT_EQ(count_right(logits, torch::tensor({1, 2, 1, 1}, at::kLong)), 0);
}

TEST(PlaneMap, IsCoarserForAModelThatCostsMore) {
  EXPECT_EQ(ClusterProber::cells_for(500), ClusterProber::kMostCells);
  EXPECT_EQ(ClusterProber::cells_for(ClusterProber::kMapFlops / 2500), 50);
  EXPECT_EQ(ClusterProber::cells_for(1e9), ClusterProber::kLeastCells);
}

TEST(Confusion, RowsAreTheTruth) {
  EXPECT_THAT(confusion_matrix({0, 0, 0, 1, 1, 2}, {0, 0, 1, 1, 2, 2}, 3),
              testing::ElementsAre(2, 1, 0, 0, 1, 1, 0, 0, 1));
}

Config plane() {
  Config config;
  config.task = TaskKind::clusters;
  config.cluster_shape = ClusterShape::blobs;
  config.cluster_classes = 2;
  config.cluster_dims = 2;
  config.cluster_points = 60;
  config.d_model = 2;
  config.d_ff = 4;
  config.layers = 1;
  config.experts = 2;
  config.top_k = 1;
  config.gate = Gate::softmax;
  config.residual = false;
  config.expert = ExpertKind::relu;
  return config;
}

class ProberTest : public testing::Test {
 protected:
  explicit ProberTest(Config config = plane())
      : config_(config),
        data_(make_clusters(config)),
        model_(config, Initializer{at::detail::createCPUGenerator(1)}) {}
  ClusterProber prober() const {
    return {
        *data_, torch::tensor(data_->test.x).view({data_->test.size(), data_->dims}),
        torch::tensor(std::vector<std::int64_t>(data_->test.label.begin(), data_->test.label.end()), at::kLong)};
  }
  at::Tensor parameter(const std::string& name) {
    at::Tensor found;
    model_.visit([&](Parameter& p) {
      if (p.name == name) found = p.value.detach();
    });
    EXPECT_TRUE(found.defined()) << name;
    return found;
  }
  Config config_;
  std::shared_ptr<const ClusterData> data_;
  Classifier model_;
};

// A gate that sends x > 0 to expert 0, and experts that say whether y > 0: the map must show the right half by
// expert and the upper half by class.
TEST_F(ProberTest, TheMapStandsUpright) {
  parameter("model.layers.0.block_sparse_moe.gate.weight").copy_(torch::tensor({{1.0F, 0.0F}, {-1.0F, 0.0F}}));
  // relu(y), relu(-y) straight through to two outputs; the head takes them as logits of class 1 and 0.
  parameter("model.layers.0.block_sparse_moe.experts.{}.w1.weight").zero_();
  parameter("model.layers.0.block_sparse_moe.experts.{}.w1.weight")
      .select(1, 0)
      .copy_(torch::tensor({0.0F, 1.0F}));
  parameter("model.layers.0.block_sparse_moe.experts.{}.w1.weight")
      .select(1, 1)
      .copy_(torch::tensor({0.0F, -1.0F}));
  parameter("model.layers.0.block_sparse_moe.experts.{}.w2.weight").zero_();
  parameter("model.layers.0.block_sparse_moe.experts.{}.w2.weight")
      .select(1, 0)
      .copy_(torch::tensor({1.0F, 0.0F, 0.0F, 0.0F}));
  parameter("model.layers.0.block_sparse_moe.experts.{}.w2.weight")
      .select(1, 1)
      .copy_(torch::tensor({0.0F, 1.0F, 0.0F, 0.0F}));
  parameter("classifier.weight").copy_(torch::tensor({{0.0F, 1.0F}, {1.0F, 0.0F}}));

  const Snapshot seen = prober().look(model_, pass_context(config_, false, {}), config_, {});
  const PlaneMap& map = seen.view.plane;
  ASSERT_EQ(map.columns, ClusterProber::kMostCells);
  ASSERT_EQ(map.first_expert.size(), 1u);
  EXPECT_NEAR(map.x_max - map.x_min, map.y_max - map.y_min, 1e-5) << "square";
  for (std::int32_t r = 0; r < map.rows; ++r)
    for (std::int32_t c = 0; c < map.columns; ++c) {
      const float x =
          map.x_min + (static_cast<float>(c) + 0.5F) * (map.x_max - map.x_min) / static_cast<float>(map.columns);
      const float y =
          map.y_min + (static_cast<float>(r) + 0.5F) * (map.y_max - map.y_min) / static_cast<float>(map.rows);
      const auto cell = static_cast<std::size_t>(r * map.columns + c);
      if (std::abs(x) > 1e-3F) {
        ASSERT_EQ(map.first_expert[0][cell], x > 0 ? 0 : 1) << x << ", " << y;
      }
      if (std::abs(y) > 1e-3F) {
        ASSERT_EQ(map.predicted[cell], y > 0 ? 1 : 0) << x << ", " << y;
      }
    }
  for (std::size_t i = 0; i < seen.points->label.size(); ++i) {
    const float x = seen.points->xy[2 * i], y = seen.points->xy[2 * i + 1];
    EXPECT_TRUE(x > map.x_min && x < map.x_max && y > map.y_min && y < map.y_max);
    EXPECT_EQ(seen.view.predicted[i], y > 0 ? 1 : 0);
    EXPECT_EQ(seen.layers[0].expert[i * static_cast<std::size_t>(seen.layers[0].ranked)], x > 0 ? 0 : 1);
  }
}

TEST_F(ProberTest, ThePointsAreTheTestSplitAndTheConfusionCountsThemAll) {
  const Snapshot seen = prober().look(model_, pass_context(config_, false, {}), config_, {});
  ASSERT_TRUE(seen.points);
  EXPECT_FALSE(seen.tokens);
  EXPECT_EQ(seen.points->label, data_->test.label);
  EXPECT_EQ(seen.points->xy, data_->test.x);
  EXPECT_EQ(seen.points->class_names.size(), 2u);
  EXPECT_EQ(seen.view.confusion, confusion_matrix(data_->test.label, seen.view.predicted, 2));
  for (const float p : seen.view.confidence) EXPECT_TRUE(p >= 0.5F && p <= 1);
  for (const float loss : seen.token_loss) EXPECT_GT(loss, 0);
}

class ManyPoints : public ProberTest {
 protected:
  ManyPoints() : ProberTest(config()) {}
  static Config config() {
    Config config = plane();
    config.cluster_dims = 6;
    config.d_model = 4;
    config.cluster_points = 2000;
    return config;
  }
};

TEST_F(ManyPoints, OnlyAFairSampleIsShown) {
  const Snapshot seen = prober().look(model_, pass_context(config_, false, {}), config_, {});
  EXPECT_EQ(seen.points->label.size(), static_cast<std::size_t>(ClusterProber::kPoints));
  EXPECT_EQ(seen.points->xy.size(), 2u * ClusterProber::kPoints);
  std::int64_t first = 0;
  for (const std::int32_t label : seen.points->label) first += label == 0;
  EXPECT_NEAR(static_cast<double>(first) / ClusterProber::kPoints, 0.5, 0.1);
  EXPECT_GT(seen.points->explained[0], seen.points->explained[1]);
  EXPECT_EQ(seen.view.plane.columns, 0) << "there is no plane in six dimensions";
  std::int32_t counted = 0;
  for (const std::int32_t count : seen.view.confusion) counted += count;
  EXPECT_EQ(counted, 1200);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
