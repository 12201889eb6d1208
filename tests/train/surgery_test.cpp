#include "core/train/surgery.h"

#include <gtest/gtest.h>

#include "core/train/trainer_impl.h"

namespace switchyard {
namespace {

TEST(SurgeryPlan, ClonesTheBusiestAndSharesItsLoad) {
  EXPECT_EQ(surgery_plan({1, 5, 2}, 4), (std::vector<std::int64_t>{0, 1, 2, 1}));
  // After one clone expert 1 and its copy carry 2.5 each, still more than 2; after two more, 2 leads.
  EXPECT_EQ(surgery_plan({1, 5, 2}, 6), (std::vector<std::int64_t>{0, 1, 2, 1, 1, 1}));
  EXPECT_EQ(surgery_plan({1, 3, 2}, 5), (std::vector<std::int64_t>{0, 1, 2, 1, 2}));
}

TEST(SurgeryPlan, RemovingDropsTheHighestIds) {
  EXPECT_EQ(surgery_plan({9, 1, 8, 7}, 2), (std::vector<std::int64_t>{0, 1}));
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
    const auto& kept = after[at++].values;
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
  EXPECT_EQ(trainer->generation(), 1U);
  EXPECT_EQ(trainer->step(), 3);
  for (const NamedTensor& old : before)
    for (const NamedTensor& now : trainer->weights())
      if (now.name == old.name) {
        EXPECT_TRUE(std::equal(old.values.begin(), old.values.end(), now.values.begin())) << old.name;
      }
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

}  // namespace
}  // namespace switchyard
