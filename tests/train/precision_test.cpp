// In which arithmetic, and where, a model learns.
#include "core/train/trainer_impl.h"

#include <gtest/gtest.h>
#include <torch/cuda.h>

#include "core/model/kernels/bf16.h"
#include "core/train/means/threads.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(Trainer, TrainsInBf16) {
  Config config = small();
  config.learning_rate = 1e-3;  // AdamW's first steps are the rate times a sign, which rounding may turn
  Config in_bf16 = config;
  in_bf16.precision = Precision::bf16;
  const auto rounded = losses(*make(in_bf16), 5), exact = losses(*make(config), 5);
  for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(rounded[i], exact[i], 3e-2);
  EXPECT_NE(rounded, exact) << "it does round";
}

TEST(Trainer, AutomaticPrecisionIsWhatTheEngineSaysItIs) {
  Config automatic = small(), named = small();
  automatic.precision = Precision::automatic;
  const auto trainer = make(automatic);
  named.precision = trainer->info().auto_precision == "bf16" ? Precision::bf16 : Precision::fp32;
  EXPECT_EQ(losses(*trainer, 3), losses(*make(named), 3));
}

TEST(Trainer, ADeviceThatIsNotThereIsRefusedByName) {
  Config config = small();
  config.device = DeviceChoice::cuda3;
  if (torch::cuda::device_count() > 3) return;  // it is there
  const auto refused = TrainerImpl::create(config);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("device = cuda:3"), std::string::npos) << refused.error().message;
  auto trainer = make(small());
  EXPECT_FALSE(trainer->apply(config, 1));
  EXPECT_EQ(step(*trainer).step, 1) << "the running model goes on";
}

// What warns of slow bf16 reads the processor's features, which are told by the unit that multiplies.
TEST(Trainer, TheProcessorIsSaidToMultiplyBf16WhereOneOfItsUnitsDoes) {
  const std::string processor = engine_info(1, at::Device(at::kCPU)).processor;
  const bool is_said = processor.find("AMX") != std::string::npos || processor.find("BF16") != std::string::npos;
  EXPECT_EQ(is_said, bf16_unit() != Bf16Unit::any) << processor;
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
