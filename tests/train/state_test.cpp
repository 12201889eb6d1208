// What a state holds, and what is refused as one.
#include "core/train/interface/state.h"

#include <gmock/gmock.h>

#include <functional>

#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

TEST(State, HoldsEveryTensorByNameZerosToo) {
  Config config = small();
  config.bias_rate = 0.1;
  auto trainer = make(config);
  TrainerState state;
  ASSERT_TRUE(trainer->save(state));
  EXPECT_EQ(state.step, 0);
  std::size_t end = 0, weights = 0, moments = 0, biases = 0;
  for (const StateTensors::Entry& entry : state.tensors.entries) {
    EXPECT_EQ(entry.begin, end) << entry.name;
    std::int64_t count = 1;
    for (const std::int64_t size : entry.shape) count *= size;
    EXPECT_EQ(entry.count, static_cast<std::size_t>(count));
    end += entry.count;
    (entry.name.starts_with("adam.") ? moments : weights) += entry.count;
    biases += entry.name.ends_with("e_score_correction_bias");
  }
  EXPECT_EQ(end, state.tensors.values.size());
  EXPECT_EQ(biases, 2U);
  std::size_t learned = 0;
  for (const NamedTensor& tensor : trainer->weights()) learned += tensor.values.size();
  EXPECT_EQ(moments, 2 * learned) << "nothing that is not learned has moments";
  EXPECT_EQ(weights, learned + 2 * 4 + trainer->data().outputs.size()) << "biases and counts";

  // A bias that has moved goes back to zero.
  losses(*trainer, 3);
  TrainerState moved;
  ASSERT_TRUE(trainer->save(moved));
  EXPECT_EQ(moved.drawn, 6);
  EXPECT_EQ(moved.optimizer_steps, 3);
  EXPECT_EQ(moved.loads.size(), 2U);
  ASSERT_TRUE(trainer->restore(state));
  TrainerState back;
  ASSERT_TRUE(trainer->save(back));
  EXPECT_EQ(back.tensors.values, state.tensors.values);
  EXPECT_TRUE(same_values(trainer->weights(), make(config)->weights()));
}

// In the middle of a step it is that of the last one's end.
TEST(State, InTheMiddleOfAStepIsOfItsStart) {
  Config config = small();
  config.accumulation = 3;
  auto trainer = make(config);
  losses(*trainer, 1);
  TrainerState end, middle;
  ASSERT_TRUE(trainer->save(end));
  ASSERT_TRUE(trainer->advance());
  ASSERT_TRUE(trainer->save(middle));
  EXPECT_EQ(middle.tensors.values, end.tensors.values);
  EXPECT_EQ(middle.drawn, 6);
  EXPECT_EQ(middle.tokens, end.tokens);
}

TEST(State, MemoryOfTheCallBeforeIsUsedAgain) {
  auto trainer = make(small());
  TrainerState state;
  ASSERT_TRUE(trainer->save(state));
  const float* values = state.tensors.values.data();
  const StateTensors::Entry* entries = state.tensors.entries.data();
  losses(*trainer, 1);
  ASSERT_TRUE(trainer->save(state));
  EXPECT_EQ(state.tensors.values.data(), values);
  EXPECT_EQ(state.tensors.entries.data(), entries);
}

TEST(State, WhatDoesNotFitIsNamedAndChangesNothing) {
  auto trainer = make(small()), alone = make(small());
  losses(*trainer, 2);
  losses(*alone, 2);
  TrainerState good;
  ASSERT_TRUE(trainer->save(good));
  const auto refused = [&](const char* message, const std::function<void(TrainerState&)>& spoil) {
    TrainerState state = good;
    spoil(state);
    const auto restored = trainer->restore(state);
    ASSERT_FALSE(restored) << message;
    EXPECT_EQ(restored.error().kind, ErrorKind::usage);
    EXPECT_THAT(restored.error().message, HasSubstr(message));
    const auto created = TrainerImpl::create(state);
    ASSERT_FALSE(created) << message;
    EXPECT_THAT(created.error().message, HasSubstr(message));
  };
  const auto entry = [](TrainerState& state, std::string_view name) -> StateTensors::Entry& {
    for (StateTensors::Entry& e : state.tensors.entries)
      if (e.name == name) return e;
    ADD_FAILURE() << name;
    return state.tensors.entries.front();
  };
  refused("'model.norm.weight' is missing",
          [&](TrainerState& s) { entry(s, "model.norm.weight").name = "model.norm.wait"; });
  refused("'adam.second/model.norm.bias' is missing", [](TrainerState& s) {
    std::erase_if(s.tensors.entries, [](const auto& e) { return e.name == "adam.second/model.norm.bias"; });
  });
  refused("'other' does not belong", [](TrainerState& s) { s.tensors.entries.push_back({"other", {1}, 0, 1}); });
  refused("there twice", [](TrainerState& s) { s.tensors.entries.push_back(s.tensors.entries.front()); });
  refused("has shape [17], this model needs [16]",
          [&](TrainerState& s) { entry(s, "model.norm.weight").shape = {17}; });
  refused("'model.norm.weight' has shape", [&](TrainerState& s) { entry(s, "model.norm.weight").count = 15; });
  refused("beyond", [](TrainerState& s) { s.tensors.values.pop_back(); });
  refused("beyond", [&](TrainerState& s) { entry(s, "model.norm.weight").begin = ~std::size_t{0} - 3; });
  refused("step = -1", [](TrainerState& s) { s.step = -1; });
  refused("drawn = 9223372036854775807",
          [](TrainerState& s) { s.drawn = std::numeric_limits<std::int64_t>::max(); });
  refused("wall_s", [](TrainerState& s) { s.wall_s = std::nan(""); });
  refused("loads of 1 layers", [](TrainerState& s) { s.loads.pop_back(); });
  refused("loads of 5 experts", [](TrainerState& s) { s.loads[1].push_back(0); });
  refused("a load of", [](TrainerState& s) { s.loads[1][2] = -1; });
  refused("differ from number 3 on", [](TrainerState& s) { s.outputs[2] = "?"; });
  refused("outputs", [](TrainerState& s) { s.outputs.pop_back(); });
  refused("top_k", [](TrainerState& s) { s.config.top_k = 0; });
  refused("shape", [](TrainerState& s) { s.config.d_ff = 13; });
  refused("to train", [](TrainerState& s) {
    s.config.d_model = 4096, s.config.d_ff = 16384, s.config.layers = 48, s.config.experts = 256;
  });
  EXPECT_EQ(trainer->model_id(), 1U);
  EXPECT_EQ(losses(*trainer, 2), losses(*alone, 2));

  auto dataless = TrainerImpl::create_for_weights(small(), good.outputs);
  ASSERT_TRUE(dataless);
  EXPECT_FALSE((*dataless)->save(good));
  EXPECT_FALSE((*dataless)->restore(good));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
