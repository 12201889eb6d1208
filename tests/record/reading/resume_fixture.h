// Runs that are recorded, kept and gone on with, without a model.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/record/folder/run_folder.h"
#include "core/record/tensorboard/event_file.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/small_checkpoint.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {

inline constexpr const char* kFiles[] = {"metrics.csv", "routing.jsonl", "events.jsonl"};

inline Config small_config() {
  Config config;
  config.layers = 3;
  config.moe_every = 2;
  config.experts = 3;
  config.log_tensorboard = true;
  return config;
}

// What a driver would tell of these steps: looks every 5, an edit every 7.
inline void record(RunFolder& folder, std::int64_t from, std::int64_t to) {
  for (std::int64_t step = from; step <= to; ++step) {
    StepRecord made = fake_record(small_config(), step);
    made.layers[0].mean_prob[1] = 0.1F * static_cast<float>(step % 10);
    folder.on_step(made);
    if (step % 5 == 0) folder.on_probe(nullptr);
    if (step % 7 != 0) continue;
    RunEvent event;
    event.kind = EventKind::set;
    event.step = step + 1;
    event.model_id = 1;
    event.changes = {{"top_k", "1", "2"}};
    folder.on_event(event);
  }
}

// All is told at one moment, so that the same run leaves the same bytes.
inline RunFolder::Options told_at_once() {
  RunFolder::Options options;
  options.unix_s = [] { return 1.75e9; };
  return options;
}

inline Checkpoint checkpoint_of(RunFolder& folder, std::int64_t step, std::size_t floats = 100) {
  Checkpoint made = small_checkpoint(step, floats);
  made.trainer.config = small_config();
  made.label.run = folder.run();
  made.recording = folder.recording_state();
  return made;
}

class ResumeTest : public ::testing::Test {
 protected:
  static RunFolder::Options options() {
    RunFolder::Options options = told_at_once();
    options.now_s = [] { return 0.0; };  // no write ever takes long
    return options;
  }
  std::unique_ptr<RunFolder> start(const std::filesystem::path& path) const {
    auto made = RunFolder::create(path, options());
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    (*made)->on_model(trainer_);
    return std::move(*made);
  }
  std::unique_ptr<RunFolder> resume(const std::filesystem::path& path, const Checkpoint& checkpoint) const {
    auto made = RunFolder::resume(path, checkpoint, options());
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    if (!made) return nullptr;
    (*made)->on_model(trainer_);
    return std::move(*made);
  }
  // The files of a run of so many steps that never stopped; TensorBoard's is the last.
  std::vector<std::string> straight(std::int64_t steps) const {
    const std::filesystem::path path = scratch_.path() / ("straight-" + std::to_string(steps));
    if (!std::filesystem::exists(path)) {
      const auto folder = start(path);
      record(*folder, 1, steps);
      folder->on_end();
    }
    return texts(path);
  }
  static std::vector<std::string> texts(const std::filesystem::path& folder) {
    std::vector<std::string> all;
    for (const char* file : kFiles) all.push_back(text_of_file(folder / file));
    all.push_back(text_of_file(folder / find_event_file(folder)));
    return all;
  }
  static std::vector<std::string> names(const std::filesystem::path& folder) {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
  }

  TemporaryFolder scratch_;
  std::filesystem::path path_ = scratch_.path() / "run";
  FakeTrainer trainer_{small_config()};
};

}  // namespace switchyard::test
