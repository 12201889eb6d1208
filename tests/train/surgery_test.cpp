#include "core/train/optimizer/surgery.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "core/train/trainer_impl.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

// AdamW of one number, in double, from its definition.
struct PlainAdam {
  double value, first = 0, second = 0;
  void step(const Config& config, double rate, double gradient, int t, bool decays) {
    first = config.beta1 * first + (1 - config.beta1) * gradient;
    second = config.beta2 * second + (1 - config.beta2) * gradient * gradient;
    if (decays) value *= 1 - rate * config.weight_decay;
    value -= rate * first / (1 - std::pow(config.beta1, t)) /
             (std::sqrt(second / (1 - std::pow(config.beta2, t))) + 1e-8);
  }
};

// Rows with moments of their own, some removed, some doubled, and steps after that: each goes on as the row it
// came from.
TEST(Surgery, MomentsFollowTheExperts) {
  constexpr int kRows = 4, kWidth = 3;
  const Config config;
  Parameter matrix;
  matrix.name = "experts.{}.w1.weight";
  matrix.value = at::empty({kRows, kWidth, 1}).normal_(0, 1, at::detail::createCPUGenerator(8)).requires_grad_();
  matrix.per_expert = matrix.decays = true;
  AdamW optimizer({&matrix});
  std::vector<std::array<PlainAdam, kWidth>> rows(kRows);
  for (int r = 0; r < kRows; ++r)
    for (int i = 0; i < kWidth; ++i) rows[r][i].value = matrix.value[r][i].item<double>();
  // Slopes that differ by row and step, so that moments do.
  const auto slope = [](std::size_t row, int column, int t) {
    return 0.3 * std::sin(1.0 + 7.0 * static_cast<double>(row) + 3 * column + t);
  };
  const auto step = [&](int t) {
    at::Tensor gradient = at::zeros(matrix.value.sizes());
    for (std::size_t r = 0; r < rows.size(); ++r)
      for (int i = 0; i < kWidth; ++i) {
        gradient[static_cast<std::int64_t>(r)][i] = slope(r, i, t);
        rows[r][i].step(config, 0.05, slope(r, i, t), t, true);
      }
    matrix.value.mutable_grad() = gradient;
    optimizer.step(config, 0.05, 1.0);
    optimizer.zero_grad();
  };
  const auto expect_equal = [&] {
    ASSERT_EQ(matrix.value.size(0), static_cast<std::int64_t>(rows.size()));
    for (std::size_t r = 0; r < rows.size(); ++r)
      for (int i = 0; i < kWidth; ++i)
        EXPECT_NEAR(matrix.value[static_cast<std::int64_t>(r)][i].item<double>(), rows[r][i].value, 1e-5)
            << r << " " << i;
  };
  for (int t = 1; t <= 3; ++t) step(t);
  expect_equal();
  optimizer.adopt(optimizer.selected(matrix, {3, 0, 3, 1, 1}));
  rows = {rows[3], rows[0], rows[3], rows[1], rows[1]};
  for (int t = 4; t <= 6; ++t) step(t);
  expect_equal();
  optimizer.adopt(optimizer.selected(matrix, {2, 4}));
  rows = {rows[2], rows[4]};
  step(7);
  expect_equal();
}

// A model of two parameters, the second of which no expert can be taken from.
class HalfBroken final : public Model {
 public:
  HalfBroken() {
    good_.name = "a.block_sparse_moe.experts.{}.w1.weight";
    good_.value = at::ones({4, 3}).requires_grad_();
    bad_.name = "a.block_sparse_moe.experts.{}.w2.weight";
    bad_.value = at::ones({4, 3}).requires_grad_();
    good_.per_expert = bad_.per_expert = true;
  }
  void visit(const ParameterVisitor& visitor) override {
    visitor(good_);
    visitor(bad_);
  }
  void balance(const std::vector<LayerRecord>&, double, BiasRule, const MutedExperts&) override {}
  void break_second() { bad_.value = at::ones({}).requires_grad_(); }
  const at::Tensor& first() const { return good_.value; }

 private:
  Parameter good_, bad_;
};

TEST(Surgery, WhatFailsHalfwayHasChangedNothing) {
  HalfBroken model;
  std::vector<Parameter*> parameters;
  model.visit([&](Parameter& p) { parameters.push_back(&p); });
  AdamW optimizer(parameters);
  model.break_second();
  Surgery surgery;
  surgery.plan.layers.push_back({});
  for (const std::int32_t source : {0, 1, 2, 3, 0, 0})
    surgery.plan.layers.back().experts.push_back({NewExpert::Origin::kept, {{source, 1.0}}});
  EXPECT_ANY_THROW((void)operated_experts(model, optimizer, surgery));
  EXPECT_EQ(model.first().size(0), 4);
  EXPECT_EQ(optimizer.states().front().first.size(0), 4);
}

Config small() {
  Config config;
  config.layers = 2;
  config.d_model = 16;
  config.d_ff = 12;
  config.heads = 2;
  config.context = 16;
  config.batch_size = 4;
  config.experts = 4;
  config.threads = 1;
  config.val_batches = 1;
  return config;
}

std::unique_ptr<Trainer> trained(int steps) {
  auto trainer = TrainerImpl::create(small());
  while ((*trainer)->step() < steps)
    if (const auto advanced = (*trainer)->advance(); !advanced) ADD_FAILURE() << advanced.error().message;
  return std::move(*trainer);
}

TEST(Surgery, RemovingKeepsTheOthersToTheBit) {
  auto trainer = trained(3);
  const auto before = trainer->weights();
  Config config = small();
  config.experts = 3;
  ASSERT_TRUE(trainer->apply(config, 1));
  const auto after = trainer->weights();
  std::size_t at = 0;
  for (const NamedTensor& tensor : before) {
    if (tensor.name.find("experts.3.") != std::string::npos) continue;
    ASSERT_LT(at, after.size());
    EXPECT_EQ(tensor.name, after[at].name);
    // All of it but, of the gate, the row of the expert that went.
    const auto& kept = after[at++].values;
    const bool of_gate = tensor.name.ends_with("gate.weight");
    ASSERT_EQ(kept.size(), of_gate ? tensor.values.size() / 4 * 3 : tensor.values.size()) << tensor.name;
    EXPECT_TRUE(std::equal(kept.begin(), kept.end(), tensor.values.begin())) << tensor.name;
  }
  EXPECT_EQ(at, after.size());
}

TEST(Surgery, AddingKeepsTheOldOnesAndTrainingGoesOn) {
  auto trainer = trained(3);
  const auto before = trainer->weights();
  Config config = small();
  config.experts = 7;
  ASSERT_TRUE(trainer->apply(config, 1));
  EXPECT_EQ(trainer->model_id(), 1U);
  EXPECT_EQ(trainer->step(), 3);
  std::size_t found = 0;
  for (const NamedTensor& old : before)
    for (const NamedTensor& now : trainer->weights())
      if (now.name == old.name) {
        ++found;
        ASSERT_GE(now.values.size(), old.values.size()) << old.name;
        EXPECT_TRUE(std::equal(old.values.begin(), old.values.end(), now.values.begin())) << old.name;
      }
  EXPECT_EQ(found, before.size());
  for (int i = 0; i < 3; ++i) {
    const auto advanced = trainer->advance();
    ASSERT_TRUE(advanced);
    EXPECT_EQ((*advanced)->layers[0].counts.size(), 7U);
  }
}

TEST(Surgery, AClonePicksUpWhereItsSourceWas) {
  auto trainer = trained(20);
  const double before = trainer->validate()->loss;
  Config config = small();
  config.experts = 5;
  ASSERT_TRUE(trainer->apply(config, 1));
  EXPECT_NEAR(trainer->validate()->loss, before, 0.2) << "a nearly equal twin changes little";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
