// What an edit, a reset or a failed step does to a model that learns.
#include "core/train/trainer_impl.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(Trainer, LiveKnobsActInPlace) {
  auto trainer = make(small());
  losses(*trainer, 3);
  const auto weights = trainer->weights();
  Config config = small();
  config.top_k = 3;
  config.learning_rate = 1e-3;
  config.batch_size = 5;
  ASSERT_TRUE(trainer->apply(config, 7));
  EXPECT_TRUE(same_values(weights, trainer->weights()));
  EXPECT_EQ(trainer->model_id(), 1U);
  const StepRecord record = step(*trainer);
  EXPECT_EQ(record.revision, 7U);
  EXPECT_EQ(record.step, 4);
  EXPECT_EQ(record.tokens, 3 * 32 + 5 * 16);
  float sum = 0;
  for (const float count : record.layers[0].counts) sum += count;
  EXPECT_EQ(sum, 3 * 5 * 16);
}

TEST(Trainer, RebuildKnobsBeginANewModel) {
  auto trainer = make(small());
  losses(*trainer, 3);
  Config config = small();
  config.d_ff = 20;
  ASSERT_TRUE(trainer->apply(config, 1));
  EXPECT_EQ(trainer->model_id(), 2U);
  EXPECT_EQ(trainer->step(), 0);
  EXPECT_EQ(losses(*trainer, 3), losses(*make(config), 3)) << "the same as if it had begun so";
}

TEST(Trainer, ResetIsTheBeginningAgain) {
  auto trainer = make(small());
  const auto first = losses(*trainer, 4);
  ASSERT_TRUE(trainer->reset());
  EXPECT_EQ(trainer->step(), 0);
  EXPECT_EQ(losses(*trainer, 4), first);
}

TEST(Trainer, RefusedConfigurationsChangeNothing) {
  auto trainer = make(small());
  losses(*trainer, 2);
  const auto weights = trainer->weights();
  const auto refused = [&](auto change, const char* names) {
    Config config = small();
    change(config);
    const auto result = trainer->apply(config, 9);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::usage);
    EXPECT_NE(result.error().message.find(names), std::string::npos) << result.error().message;
  };
  refused([](Config& c) { c.top_k = 5; }, "top_k");
  refused([](Config& c) { c.corpus = "/no/such/file.txt"; }, "/no/such/file.txt");
  refused([](Config& c) { c.d_model = 4096; c.d_ff = 16384; c.experts = 256; c.layers = 48; }, "GiB");
  refused([](Config& c) { c.learning_rate = std::nan(""); }, "learning_rate");
  EXPECT_TRUE(same_values(weights, trainer->weights()));
  EXPECT_EQ(trainer->model_id(), 1U);
  EXPECT_EQ(step(*trainer).step, 3);
}

// A loss that is not finite, found in the first micro-batch or the second; and one that is, with a gradient that
// is not.
TEST(Trainer, AFailedStepKeepsTheWeightsAndTheMomentsAndCanGoOn) {
  const auto not_a_number = [](NamedTensor& tensor) {
    if (tensor.name == "model.embed_tokens.weight") tensor.values.assign(tensor.values.size(), std::nanf(""));
  };
  // Hidden layers of 1e36 that are multiplied by 0 on their way out, and by the head's slope of 1e10 on the way
  // back.
  const auto too_steep = [](NamedTensor& tensor) {
    const auto scale = [&](float by) {
      for (float& value : tensor.values) value *= by;
    };
    if (tensor.name == "lm_head.weight") scale(1e10F);
    if (tensor.name.find("layers.1.block_sparse_moe.experts") == std::string::npos) return;
    if (tensor.name.ends_with("w1.weight") || tensor.name.ends_with("w3.weight")) scale(1e18F);
    if (tensor.name.ends_with("w2.weight")) scale(0);
  };
  using Poison = std::function<void(NamedTensor&)>;
  for (const auto& [poison, message] :
       {std::pair<Poison, std::string_view>{not_a_number, "the loss"}, {too_steep, "gradient"}})
    for (const std::int64_t accumulation : {1, 2}) {
      SCOPED_TRACE(testing::Message() << message << " " << accumulation);
      Config config = small();
      config.tied_head = false;
      config.accumulation = accumulation;
      auto trainer = make(config), other = make(config);
      losses(*trainer, 2);
      losses(*other, 2);
      const auto good = trainer->weights();
      auto poisoned = good;
      for (NamedTensor& tensor : poisoned) poison(tensor);
      ASSERT_TRUE(trainer->load_weights(poisoned));
      Result<std::optional<StepRecord>> failed = std::optional<StepRecord>();
      for (std::int64_t i = 0; i < accumulation && failed; ++i) failed = trainer->advance();
      ASSERT_FALSE(failed);
      EXPECT_EQ(failed.error().kind, ErrorKind::diverged);
      EXPECT_NE(failed.error().message.find("step 3"), std::string::npos) << failed.error().message;
      EXPECT_NE(failed.error().message.find(message), std::string::npos) << failed.error().message;
      EXPECT_TRUE(same_bits(trainer->weights(), poisoned)) << "those before the step, whatever they were";
      EXPECT_EQ(trainer->step(), 2);

      // Neither the optimizer nor the data knows of it: from the same weights the next step is that of a trainer
      // that never failed.
      ASSERT_TRUE(trainer->load_weights(good));
      EXPECT_EQ(step(*trainer).step, 3);
      EXPECT_EQ(step(*other).step, 3);
      EXPECT_TRUE(same_bits(trainer->weights(), other->weights()));
    }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
