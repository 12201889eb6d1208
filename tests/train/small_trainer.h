// A model of a few thousand weights on the built-in stories, and short ways to move it. For tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "core/train/trainer_impl.h"

namespace switchyard {

inline Config small() {
  Config config;
  config.layers = 2;
  config.tied_head = true;
  config.d_model = 16;
  config.d_ff = 12;
  config.heads = 2;
  config.context = 16;
  config.batch_size = 2;
  config.experts = 4;
  config.threads = 1;
  config.warmup_steps = 4;
  config.schedule_steps = 40;
  config.learning_rate = 1e-2;
  config.val_interval = 5;
  config.val_batches = 1;
  return config;
}

inline std::unique_ptr<Trainer> make(const Config& config) {
  auto trainer = TrainerImpl::create(config);
  EXPECT_TRUE(trainer) << trainer.error().message;
  return std::move(*trainer);
}

inline StepRecord step(Trainer& trainer) {
  for (;;) {
    auto advanced = trainer.advance();
    if (!advanced) {
      ADD_FAILURE() << advanced.error().message;
      return {};
    }
    if (*advanced) return **advanced;
  }
}

inline std::vector<double> losses(Trainer& trainer, int steps) {
  std::vector<double> found;
  for (int i = 0; i < steps; ++i) found.push_back(step(trainer).loss);
  return found;
}

inline bool same_values(const std::vector<NamedTensor>& a, const std::vector<NamedTensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const NamedTensor& x, const NamedTensor& y) {
    return x.name == y.name && x.shape == y.shape && x.values == y.values;
  });
}

// Bits, since a NaN equals nothing.
inline bool same_bits(const std::vector<NamedTensor>& a, const std::vector<NamedTensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const NamedTensor& x, const NamedTensor& y) {
    return x.name == y.name && x.values.size() == y.values.size() &&
           std::memcmp(x.values.data(), y.values.data(), x.values.size() * sizeof(float)) == 0;
  });
}

}  // namespace switchyard
