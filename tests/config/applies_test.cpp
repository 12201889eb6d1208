#include <gtest/gtest.h>

#include "core/config/knobs.h"

namespace switchyard {
namespace {

TEST(Applies, KnobsOfTheOtherTaskDoNot) {
  Config text, points;
  points.task = TaskKind::clusters;
  for (const char* key : {"corpus", "heads", "context", "tied_head", "val_batches"}) {
    EXPECT_TRUE(applies(*find_knob(key), text)) << key;
    EXPECT_FALSE(applies(*find_knob(key), points)) << key;
  }
  for (const Knob& knob : knobs()) {
    const bool of_points = knob.key.starts_with("cluster_") || knob.key == "residual";
    if (of_points) EXPECT_TRUE(applies(knob, points) && !applies(knob, text)) << knob.key;
    else EXPECT_TRUE(applies(knob, text)) << knob.key;
  }
}

TEST(Applies, TheTaskItselfAlwaysDoes) {
  for (const TaskKind task : {TaskKind::language, TaskKind::clusters}) {
    Config config;
    config.task = task;
    for (const char* key : {"task", "experts", "gate", "layers", "d_model", "seed"})
      EXPECT_TRUE(applies(*find_knob(key), config)) << key;
  }
}

}  // namespace
}  // namespace switchyard
