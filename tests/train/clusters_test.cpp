// The trainer on points: every gate and capacity, learning, live changes, weights, and what it refuses.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/config/cost.h"
#include "core/config/gates.h"
#include "core/config/knobs.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

Config points() {
  Config config;
  config.task = TaskKind::clusters;
  config.cluster_shape = ClusterShape::blobs;
  config.cluster_classes = 3;
  config.cluster_points = 50;
  config.layers = 2;
  config.d_model = 8;
  config.d_ff = 8;
  config.experts = 4;
  config.batch_size = 32;
  config.threads = 1;
  config.warmup_steps = 2;
  config.learning_rate = 1e-2;
  config.val_interval = 5;
  return config;
}

// Two classes in three dimensions, though the knobs of drawn points say otherwise.
TEST(OwnPointsInTraining, TheModelIsAsTheFileIs) {
  const test::TemporaryFolder folder;
  std::string rows = "u,v,w,kind\n";
  for (int i = 0; i < 80; ++i)
    rows += fmt::format("{},{},{},{}\n", 100 + i, i % 5, 7.5, i % 2 == 0 ? "odd" : "even");
  folder.write("p.csv", rows);
  Config config = points();
  config.points = (folder.path() / "p.csv").native();
  config.cluster_shape = ClusterShape::mixture;
  config.cluster_classes = 20;
  ASSERT_TRUE(validate(config).empty()) << "what drawn points could not have is nobody's matter";
  auto trainer = make(config);
  EXPECT_EQ(trainer->config(), config) << "as it was asked for";
  const DataInfo& data = trainer->data();
  EXPECT_EQ(data.name, "p.csv");
  EXPECT_EQ(data.outputs, (std::vector<std::string>{"even", "odd"}));
  EXPECT_EQ(data.examples, 80);
  EXPECT_EQ(data.dims, 3);
  EXPECT_EQ(data.text.source.bytes, rows.size());
  ASSERT_TRUE(trainer->text());
  EXPECT_EQ(*trainer->text(), rows);
  for (int i = 0; i < 3; ++i) step(*trainer);
  const auto look = trainer->probe();
  ASSERT_TRUE(look);
  EXPECT_EQ(look->points->axis_names, (std::vector<std::string>{"u", "v", "w"}));
  EXPECT_EQ(look->points->dims, 3);
  EXPECT_NEAR(look->points->own(2, look->points->x[2]), 7.5, 1e-6);
  // A live change keeps the model; one of the points' file is a new one.
  Config other = config;
  other.learning_rate = 1e-3;
  const auto model = trainer->model_id();
  ASSERT_TRUE(trainer->apply(other, 1));
  EXPECT_EQ(trainer->model_id(), model);
  other.points = "drawn";
  other.cluster_shape = ClusterShape::blobs;
  ASSERT_TRUE(trainer->apply(other, 2));
  EXPECT_EQ(trainer->data().outputs.size(), 20u);
  other.points = (folder.path() / "gone.csv").native();
  const auto refused = trainer->apply(other, 3);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("gone.csv: no such file"));
  EXPECT_EQ(trainer->data().name, "blobs") << "it goes on";
}

TEST(OwnPointsInTraining, GoesOnFromItsStateToTheBit) {
  const test::TemporaryFolder folder;
  std::string rows;
  for (int i = 0; i < 90; ++i) rows += fmt::format("{} {} {}\n", i % 9, i % 11, i % 3);
  folder.write("p.csv", rows);
  Config config = points();
  config.points = (folder.path() / "p.csv").native();
  auto straight = make(config), begun = make(config);
  for (int i = 0; i < 3; ++i) step(*straight), step(*begun);
  TrainerState state;
  ASSERT_TRUE(begun->save(state));
  auto again = make(points());
  ASSERT_TRUE(again->restore(state));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(step(*again).loss, step(*straight).loss);
  // With other classes it cannot.
  folder.write("p.csv", rows + "1 2 9\n1 2 9\n");
  auto elsewhere = make(points());
  const auto refused = elsewhere->restore(state);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("3 outputs"));
}

class EveryGateOnPoints : public testing::TestWithParam<std::tuple<Gate, Overflow, bool>> {};

TEST_P(EveryGateOnPoints, TrainsProbesAndValidates) {
  Config config = points();
  std::tie(config.gate, config.overflow, config.residual) = GetParam();
  config.capacity_factor = 0.6;
  config.eval_capacity_factor = 0.8;
  config.noise_std = 0.2;
  config.jitter = 0.1;
  config.bias_rate = 0.01;
  config.slots = 3;
  config = without_idle_losses(config);
  const GateTraits gate = traits(config.gate);
  auto trainer = make(config);
  for (int i = 1; i <= 5; ++i) {
    const StepRecord record = step(*trainer);
    EXPECT_TRUE(std::isfinite(record.total_loss));
    EXPECT_EQ(record.tokens, 32 * i);
    EXPECT_TRUE(record.train_accuracy >= 0 && record.train_accuracy <= 1);
    EXPECT_EQ(std::isfinite(record.val_accuracy), i == 1 || i == 5);
    ASSERT_EQ(record.layers.size(), 2u);
    for (const LayerRecord& layer : record.layers) {
      float sum = 0;
      for (const float count : layer.counts) sum += count;
      // 32 points: two experts each; four experts that take a share of 0.6 / 4 of the micro-batch; mass 1 each.
      EXPECT_NEAR(sum, gate.top_k ? 64 : gate.choices ? 4 * 5 : 32, 1e-4);
    }
  }
  const auto snapshot = trainer->probe();
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  EXPECT_EQ(snapshot->points->label.size(), 45u);
  EXPECT_EQ(snapshot->layers.size(), 2u);
  EXPECT_EQ(snapshot->layers[0].weight.size(), 45u * static_cast<std::size_t>(snapshot->layers[0].top_k));
  EXPECT_EQ(snapshot->view.predicted.size(), 45u);
  EXPECT_EQ(snapshot->view.plane.first_expert.size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryGateOnPoints,
    testing::Combine(testing::Values(Gate::softmax_renormalised, Gate::softmax, Gate::sigmoid, Gate::sinkhorn,
                                     Gate::expert_choice, Gate::soft, Gate::random, Gate::base),
                     testing::Values(Overflow::dropless, Overflow::drop_late, Overflow::drop_late_token,
                                     Overflow::drop_low, Overflow::drop_bpr, Overflow::drop_random),
                     testing::Bool()));

TEST(TrainerOnPoints, LearnsEveryShape) {
  for (const ClusterShape shape :
       {ClusterShape::blobs, ClusterShape::moons, ClusterShape::spirals, ClusterShape::checkerboard}) {
    Config config = points();
    config.cluster_shape = shape;
    config.cluster_classes = 2;
    config.cluster_points = 200;
    config.cluster_noise = 0.02;
    config.batch_size = 64;
    config.layers = 3;
    config.d_model = 16;
    config.d_ff = 32;
    auto trainer = make(config);
    EXPECT_NEAR(trainer->validate()->loss, std::log(2), 0.8) << "knows nothing yet";
    for (int i = 0; i < 500; ++i) step(*trainer);
    EXPECT_GT(trainer->validate()->accuracy, shape == ClusterShape::checkerboard ? 0.75 : 0.95)
        << trainer->data().name;
  }
}

TEST(TrainerOnPoints, ValidationIsTheTraceOfTheConfusion) {
  auto trainer = make(points());
  for (int i = 0; i < 20; ++i) step(*trainer);
  const auto snapshot = trainer->probe();
  ASSERT_TRUE(snapshot);
  const auto& confusion = snapshot->view.confusion;
  const double right = confusion[0] + confusion[4] + confusion[8];
  double loss = 0;
  for (const float each : snapshot->token_loss) loss += each / 45.0;
  EXPECT_DOUBLE_EQ(trainer->validate()->accuracy, right / 45);
  EXPECT_NEAR(trainer->validate()->loss, loss, 1e-5);
}

TEST(TrainerOnPoints, OneSeedRepeatsToTheBitAndLookingChangesNothing) {
  auto watched = make(points()), alone = make(points());
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(watched->probe());
    ASSERT_TRUE(watched->validate());
    EXPECT_EQ(step(*watched).loss, step(*alone).loss);
  }
}

TEST(TrainerOnPoints, ExpertsComeAndGo) {
  Config config = points();
  auto trainer = make(config);
  step(*trainer);
  for (const std::int64_t experts : {6, 3}) {
    config.experts = experts;
    ASSERT_TRUE(trainer->apply(config, 1));
    EXPECT_EQ(step(*trainer).layers.front().counts.size(), static_cast<std::size_t>(experts));
  }
  EXPECT_EQ(trainer->model_id(), 1u);
}

TEST(TrainerOnPoints, WeightsGoOutAndComeBack) {
  auto trained = make(points());
  for (int i = 0; i < 10; ++i) step(*trained);
  const auto weights = trained->weights();
  std::int64_t numbers = 0;
  for (const NamedTensor& tensor : weights) numbers += static_cast<std::int64_t>(tensor.values.size());
  EXPECT_EQ(numbers, model_cost(points(), 3).parameters);
  auto fresh = make(points());
  ASSERT_TRUE(fresh->load_weights(weights));
  EXPECT_EQ(fresh->validate()->loss, trained->validate()->loss);
  auto bare = TrainerImpl::create_for_weights(points(), trained->data().outputs);
  ASSERT_TRUE(bare);
  EXPECT_TRUE((*bare)->load_weights(weights));
  EXPECT_FALSE((*bare)->advance());
  EXPECT_FALSE((*bare)->probe());
  EXPECT_FALSE((*bare)->validate());
}

TEST(TrainerOnPoints, TextIsRefusedInWords) {
  auto trainer = make(points());
  for (const Error& error :
       {trainer->route("fox", false).error(), trainer->start_generation("fox", 1, 0, 1).error(),
        trainer->generate_token().error()}) {
    EXPECT_EQ(error.kind, ErrorKind::usage);
    EXPECT_THAT(error.message, HasSubstr("task = language"));
  }
}

TEST(TrainerOnPoints, TheTaskChangesInARunningTrainer) {
  auto trainer = make(points());
  step(*trainer);
  Config text = points();
  text.task = TaskKind::language;
  text.heads = 2;
  text.context = 16;
  text.batch_size = 2;
  text.val_batches = 1;
  ASSERT_TRUE(trainer->apply(text, 1));
  EXPECT_EQ(trainer->data().name, "stories");
  const StepRecord read = step(*trainer);
  EXPECT_EQ(read.tokens, 32);
  EXPECT_TRUE(std::isfinite(read.train_accuracy)) << "of the next character";
  EXPECT_TRUE(trainer->probe()->tokens);
  Config moons = points();
  moons.cluster_shape = ClusterShape::moons;
  ASSERT_TRUE(trainer->apply(moons, 2));
  EXPECT_EQ(trainer->data().name, "moons");
  EXPECT_EQ(trainer->model_id(), 3u);
  EXPECT_TRUE(trainer->probe()->points);
  EXPECT_THAT(trainer->data().outputs, testing::ElementsAre("class 0", "class 1", "class 2"));
}

TEST(TrainerOnPoints, ASeedDrawsOtherPoints) {
  auto trainer = make(points());
  const auto before = trainer->probe()->points;
  Config config = points();
  config.layers = 1;
  ASSERT_TRUE(trainer->apply(config, 1));
  EXPECT_EQ(trainer->probe()->points->xy, before->xy) << "another model, the same points";
  config.seed = 2;
  ASSERT_TRUE(trainer->apply(config, 2));
  EXPECT_NE(trainer->probe()->points->xy, before->xy);
}

TEST(TrainerOnPoints, BadConfigurationsAreNamed) {
  const auto refused = [](auto change, const char* names) {
    Config config = points();
    change(config);
    const auto made = TrainerImpl::create(config);
    ASSERT_FALSE(made) << names;
    EXPECT_EQ(made.error().kind, ErrorKind::usage);
    EXPECT_THAT(made.error().message, HasSubstr(names));
  };
  refused([](Config& c) { c.cluster_shape = ClusterShape::mixture, c.cluster_classes = 10; },
          "allowed is 2 to 9 with cluster_shape = mixture");
  refused([](Config& c) { c.cluster_classes = 1; }, "cluster_classes");
  refused([](Config& c) { c.cluster_dims = 65; }, "cluster_dims");
  refused([](Config& c) { c.cluster_imbalance = 0.5; }, "cluster_imbalance");
  refused([](Config& c) { c.d_model = 1; }, "d_model");
  refused([](Config& c) { c.gate = Gate::hash, c.aux_coef = c.z_coef = 0; }, "id of a token");
  Config odd = points();
  odd.heads = 3;  // of no consequence for points
  EXPECT_TRUE(TrainerImpl::create(odd));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
