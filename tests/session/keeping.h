// A folder in which a run is kept, and the configurations of these tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/config/config.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {

namespace fs = std::filesystem;

inline Config quick() {
  Config config;
  config.checkpoint_interval_s = 30;
  return config;
}
inline Config wider() {
  Config config = quick();
  config.d_model *= 2;
  return config;
}

class Keeping : public testing::Test {
 protected:
  // Steps until the write under way is done: a keep on demand waits for it.
  std::vector<std::int64_t> kept_steps(const fs::path& run) const {
    std::vector<std::int64_t> steps;
    for (const CheckpointHeader& one : CheckpointStore(run).list().checkpoints) steps.push_back(one.label.step);
    return steps;
  }
  TemporaryFolder folder_;
  double now_s_ = 1000;
};

}  // namespace switchyard::test
