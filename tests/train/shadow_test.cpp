// A copy that learns on as if an operation had not been, beside the run.
#include "core/session/driving/shadow_fork.h"

#include <gmock/gmock.h>

#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

Result<std::unique_ptr<Trainer>> made(const Config& config) { return TrainerImpl::create(config); }

Config noisy() {
  Config config = small();
  config.accumulation = 2;
  config.noise_std = 0.5;
  return config;
}

void expect_same(const StepRecord& a, const StepRecord& b) {
  EXPECT_EQ(a.step, b.step);
  EXPECT_EQ(a.loss, b.loss) << "step " << a.step;
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (std::size_t l = 0; l < a.layers.size(); ++l) EXPECT_EQ(a.layers[l].counts, b.layers[l].counts);
}

TEST(ShadowFork, LearnsWhatTheRunWouldHaveLearnedToTheBitAndChangesNoBitOfIt) {
  auto untouched = make(noisy()), alone = make(noisy()), run = make(noisy());
  for (Trainer* trainer : {untouched.get(), alone.get(), run.get()}) losses(*trainer, 8);
  // Within a step: what is done of it is of the experts before.
  for (Trainer* trainer : {alone.get(), run.get()}) ASSERT_FALSE(trainer->advance()->has_value());
  auto shadow = ShadowFork::of(*run, made, {});
  ASSERT_TRUE(shadow) << shadow.error().message;
  for (Trainer* trainer : {alone.get(), run.get()})
    ASSERT_TRUE(trainer->operate(*operation_of("reinitialise 0.1"), 1));
  int differs = 0;
  for (int s = 0; s < 12;) {
    const auto record = run->advance();
    ASSERT_TRUE(record);
    const auto beside = shadow->follow(run->step());
    ASSERT_TRUE(beside) << beside.error().message;
    ASSERT_EQ(record->has_value(), beside->has_value());
    if (!*record) continue;
    ++s;
    const StepRecord expected = step(*untouched);
    expect_same(**beside, expected);
    expect_same(**record, step(*alone));
    differs += (*record)->loss != expected.loss;
  }
  EXPECT_EQ(differs, 12);
}

// The run tries its step again from the first slice on; the shadow has done some of it already.
TEST(ShadowFork, IsNeverMoreThanAStepAheadAndGivesEachRecordOnce) {
  auto run = make(noisy());
  losses(*run, 3);
  auto shadow = ShadowFork::of(*run, made, {});
  ASSERT_TRUE(shadow);
  for (int slice = 0; slice < 7; ++slice) {
    const auto early = shadow->follow(3);
    ASSERT_TRUE(early);
    EXPECT_FALSE(early->has_value());
  }
  for (std::int64_t s = 4; s <= 6; ++s) {
    const auto beside = shadow->follow(s);
    ASSERT_TRUE(beside);
    ASSERT_TRUE(beside->has_value());
    EXPECT_EQ((*beside)->step, s);
    expect_same(**beside, step(*run));
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
