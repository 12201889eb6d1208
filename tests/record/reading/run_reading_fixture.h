// Runs recorded without a model, to be read back.
#pragma once

#include <gtest/gtest.h>

#include "core/record/reading/run_reading.h"
#include "core/record/folder/run_folder.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {

inline Config two_layers() {
  Config config;
  config.layers = 4;
  config.moe_every = 2;  // blocks 1 and 3
  config.experts = 3;
  config.tape_budget_mb = 0;  // what is read here are lines; tapes: tape_past_test.cpp
  return config;
}

class RunReading : public ::testing::Test {
 protected:
  // Steps 1 to `steps` with windows of `window`; the records as they were told.
  std::vector<StepRecord> record(const std::filesystem::path& path, int steps, int window) const {
    FakeTrainer trainer(two_layers());
    auto folder = RunFolder::create(path, {[] { return 0.0; }});
    EXPECT_TRUE(folder);
    (*folder)->on_model(trainer);
    std::vector<StepRecord> told;
    for (int step = 1; step <= steps; ++step) {
      told.push_back(fake_record(two_layers(), step));
      if (step % 2 == 0) told.back().val_loss = 1.0 / step;
      (*folder)->on_step(told.back());
      if (step % window == 0) (*folder)->on_probe(nullptr);
    }
    return told;
  }
  static std::vector<StepRecord> steps_of(const std::filesystem::path& folder, ReadCounts* counts = nullptr) {
    std::vector<StepRecord> records;
    const auto read = read_steps(folder, 7, [&](StepRecord&& r) {
      records.push_back(std::move(r));
      return true;
    });
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    if (counts && read) *counts = *read;
    return records;
  }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(path_);
    std::filesystem::remove(path_ / name);
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

  TemporaryFolder scratch_;
  std::filesystem::path path_ = scratch_.path() / "run";
};

inline std::uint64_t bits_of(double value) { return std::isnan(value) ? 0 : std::bit_cast<std::uint64_t>(value); }

}  // namespace switchyard::test
