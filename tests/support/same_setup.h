// A setup compared with itself: two arms that see the same batches and differ by their weights and noise alone, so
// that whatever a verdict finds between them is chance. Quick points on one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/compare/verdict.h"
#include "core/session/meeting/options.h"

namespace switchyard::test {

inline Config quick_points() {
  Config config;
  config.task = TaskKind::clusters;
  config.d_model = 2;
  config.d_ff = 32;
  config.layers = 1;
  config.experts = 4;
  config.top_k = 2;
  config.noise_std = 0.5;
  config.cluster_classes = 3;
  config.batch_size = 64;
  config.learning_rate = 0.01;
  config.threads = 1;
  config.val_interval = 1'000'000;
  return config;
}

// Validation loss after so many steps.
inline Result<double> loss_of(const MakeTrainer& make, const Config& config, std::int64_t steps) {
  auto trainer = make(config);
  if (!trainer) return trainer.error();
  while ((*trainer)->step() < steps)
    if (const auto advanced = (*trainer)->advance(); !advanced) return advanced.error();
  const auto measured = (*trainer)->validate();
  if (!measured) return measured.error();
  return measured->loss;
}

// The comparison number `number` of quick_points() with itself, of as many seeds that no other number has.
inline Result<std::vector<Arm>> same_setup_twice(const MakeTrainer& make, std::int64_t number, std::int64_t seeds,
                                                 std::int64_t steps) {
  std::vector<Arm> arms{{.name = "A"}, {.name = "A again"}};
  Config config = quick_points();
  for (std::int64_t s = 0; s < seeds; ++s)
    for (std::size_t arm = 0; arm < arms.size(); ++arm) {
      config.seed = number * seeds + s + 1;
      config.weight_seed = 1'000'000 * (static_cast<std::int64_t>(arm) + 1) + config.seed;
      const auto loss = loss_of(make, config, steps);
      if (!loss) return loss.error();
      arms[arm].by_seed.push_back(*loss);
    }
  return arms;
}

inline bool is_told_apart(const Verdict& v) { return v.finding == Finding::better || v.finding == Finding::worse; }

}  // namespace switchyard::test
