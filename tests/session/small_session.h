// Sessions with the fake trainer, for tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "core/session/session.h"
#include "tests/support/collector.h"
#include "tests/support/fake_trainer.h"

namespace switchyard {

using test::Collector;
using test::FakeOptions;
using test::FakeTrainer;

inline Config small_config() {
  Config config;
  config.layers = 2;
  config.experts = 4;
  return config;
}

inline MakeTrainer fake(FakeOptions options = {}) {
  return [options](const Config& config) -> Result<std::unique_ptr<Trainer>> {
    return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(config, options));
  };
}

inline LiveRunOptions paused() {
  LiveRunOptions options;
  options.playing = false;
  options.wake = &Collector::wake;
  return options;
}
inline LiveRunOptions playing() {
  LiveRunOptions options = paused();
  options.playing = true;
  return options;
}

inline std::int64_t last_step(const Collector& window) {
  return window.all().records.empty() ? 0 : window.all().records.back().step;
}

// No step of the one model was lost: each is there or merged into a later one, as a trainer this fast may
// make necessary where this thread is kept waiting.
inline void expect_whole(const Collector& window) {
  std::int64_t step = 0;
  for (const StepRecord& r : window.all().records) {
    ASSERT_GT(r.step, step);
    step = r.step;
  }
  EXPECT_EQ(window.all().records.size() + window.all().merged_records, static_cast<std::uint64_t>(step));
}

}  // namespace switchyard
