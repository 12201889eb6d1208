// What a pass goes by, against the table of knobs.
#include <gtest/gtest.h>

#include "core/config/expert_names.h"
#include "core/config/knobs.h"
#include "core/model/layers/transformer.h"
#include "tests/support/other_value.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

// A pass is told of every knob of routing that does not rebuild: one that is forgotten would do nothing.
TEST(PassContext, HoldsEveryLiveKnobOfRouting) {
  Config config;
  config.experts = 16, config.top_k = 4;
  config.overflow = Overflow::drop_late;
  config.eval_capacity_factor = 2;
  const auto same = [&](const Config& other, bool training) {
    const PassContext a = pass_context(config, training, {}), b = pass_context(other, training, {});
    return static_cast<const RoutingRules&>(a.routing) == b.routing && a.capacity == b.capacity;
  };
  EXPECT_TRUE(same(config, true) && same(config, false));
  int seen = 0;
  for (const Knob& knob : knobs()) {
    if (knob.group != KnobGroup::routing || knob.cost != KnobCost::live) continue;
    // Names of experts are edits of layers (layer_edit.h), frozen ones of the optimizer's step.
    if (names_experts(knob.key) || knob.key == "steer") continue;
    const Config other = test::with_another(knob, config);
    ASSERT_NE(other, config) << knob.key;
    EXPECT_FALSE(same(other, true) && same(other, false)) << knob.key << " does not reach the pass";
    ++seen;
  }
  EXPECT_GT(seen, 8);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
