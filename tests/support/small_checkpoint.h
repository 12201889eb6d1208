// A checkpoint of a made-up model: every member holds something, numbers that are hard to write among them.
#pragma once

#include <cmath>
#include <limits>
#include <string>

#include "core/record/checkpoint/checkpoint.h"

namespace switchyard::test {

inline Checkpoint small_checkpoint(std::int64_t step = 1234, std::size_t floats = 100) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  Checkpoint made;
  made.label.run = "20261128T151200Z-stories-x7k2mq";
  made.label.why = "at intervals";
  made.label.val_loss = 1.0 / 3;
  made.label.written_unix_s = 1'795'878'720;
  TrainerState& state = made.trainer;
  state.config.learning_rate = 0.1 + 0.2;
  state.config.corpus = "/home/ada/caf\u00e9.txt";
  state.revision = std::numeric_limits<std::uint64_t>::max() - 3;
  state.step = step;
  state.tokens = step * 1024;
  state.wall_s = 1e-310;
  state.drawn = 2 * step;
  state.optimizer_steps = step - 1;
  state.loads = {{0.1, kMissing, inf}, {}, {-0.0, -inf}};
  state.engine = {"1.13.1", "OpenBLAS SkylakeX (openmp)", "cpu", 2, "bf16", "AVX-512, AMX", "2x1"};
  state.data_name = "caf\u00e9.txt";
  state.outputs = {"a", "\n", "\u00e9", "<unk>"};
  state.examples = 9021;
  const std::size_t half = floats / 2;
  state.tensors.entries = {{"model.w", {2, static_cast<std::int64_t>(half / 2)}, 0, half / 2 * 2},
                           {"adam.first/model.w",
                            {static_cast<std::int64_t>(floats - half / 2 * 2)},
                            half / 2 * 2,
                            floats - half / 2 * 2}};
  for (std::size_t i = 0; i < floats; ++i) state.tensors.values.push_back(std::sin(static_cast<float>(i)));
  state.tensors.values[0] = std::numeric_limits<float>::quiet_NaN();
  state.tensors.values[1] = -std::numeric_limits<float>::infinity();
  state.tensors.values[2] = std::numeric_limits<float>::denorm_min();

  HealthMemory::Layer layer;
  layer.expected_since = {0, 12.5, 1e300};
  layer.silent_since = {step, 3, 1};
  layer.sum = {1.0 / 7, inf, 0};
  layer.low_since = {0, 0, 4};
  layer.starves = {0, 0, 1};
  layer.weight = 0.75;
  layer.loads = {{step - 1, {3, 0, 1}}, {step, {0.5F, -0.0F, 7}}};
  layer.norms = {{step, 1e-9, kMissing}};
  layer.look_router = 3e-8;
  made.health.layers = {layer, {}};
  HealthAlert alert;
  alert.kind = AlertKind::starving;
  alert.layer = 0, alert.block = 1;
  alert.experts = {2};
  alert.began = 4, alert.noticed = 60;
  alert.message = "expert 2 gets \"0.1\" % of a fair share";
  alert.remedy = {{"aux_coef", "0.01"}};
  made.health.alerts = {alert};

  made.recording.metrics_bytes = 123'456'789'012;
  made.recording.routing_bytes = 77;
  made.recording.windows = {{1, {12, 0.1, 3}, {0.5, kMissing, 0.25}, 2, 7}, {3, {}, {}, 0, 0}};
  return made;
}

}  // namespace switchyard::test
