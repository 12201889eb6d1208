// A directory of runs with its index: what it lists, and what it would without one.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/config/json.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_folder.h"
#include "core/record/reading/run_index.h"
#include "core/record/reading/run_list.h"
#include "core/record/tape/database.h"
#include "core/session/driving/driver.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/small_checkpoint.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {

// All that is shown of a run.
inline std::string told(const RunSummary& run) {
  const CheckpointHeader none, &newest = run.newest ? *run.newest : none;
  const CheckpointLabel& at = newest.label;
  return fmt::format(
      "{} {} {} {} {} {} {} {} {} {} {} {} {} {} | {} {} {} {} {} {} {} {} | {} {} | {}", run.folder.native(),
      run.id, run.name, run.corpus, run.started, run.changed_unix_s, run.steps, run.val_loss, run.val_accuracy,
      run.loss, run.tokens, run.wall_s, run.has_weights, run.is_running, newest.file.native(), newest.bytes,
      at.run, at.name, at.why, at.step, at.val_loss, at.written_unix_s, run.parent ? run.parent->run : "",
      run.parent ? run.parent->step : -1, run.config ? dump_json(to_json(*run.config)) : "not known");
}

class RunIndexTest : public testing::Test {
 protected:
  static constexpr std::int64_t kLater_s = 60;

  RunIndexTest() {
    for (int i = 0; i < 5; ++i) make(fmt::format("run{}", i), 4 + i);
    keep("run1", 5);
    keep("run1", 3);
    folder_.write("runs/torn/metrics.csv", "step,loss\n1,2\n");  // no run, for nothing says what it is
    folder_.write("runs/old/config.json", R"({"config": {"a_knob_of_later": 3}})");
    folder_.write("runs/old/metrics.csv", "step,loss\n1,2\n");
  }
  void make(const std::string& name, int steps) const {
    Config config;
    config.layers = 2, config.val_interval = 2, config.probe_interval = 1000, config.tape_budget_mb = 0;
    config.seed = steps, config.learning_rate = 1.0 / steps;
    FakeTrainer trainer(config);
    const auto folder = RunFolder::create(runs_ / name);
    ASSERT_TRUE(folder);
    Driver driver(trainer, folder->get());
    driver.start();
    while (trainer.step() < steps) ASSERT_TRUE(driver.advance());
    ASSERT_TRUE(driver.export_weights());
    driver.finish();
  }
  void keep(const std::string& name, std::int64_t step) const {
    Checkpoint kept = small_checkpoint(step);
    ASSERT_TRUE(CheckpointStore(runs_ / name).write(kept));
  }

  struct Listed {
    std::vector<std::string> runs;
    std::size_t read = 0;
  };
  Listed list(std::int64_t later_s = kLater_s) const {
    Listed listed;
    RunIndex index(runs_, later_s);
    read_runs(index, [&](RunSummary&& run) {
      listed.runs.push_back(told(run));
      return true;
    });
    listed.read = index.read_anew();
    return listed;
  }
  // As it would be if there were no index.
  std::vector<std::string> truth() const {
    std::vector<std::string> runs;
    std::vector<RunSummary> found;
    for (const auto& entry : std::filesystem::directory_iterator(runs_))
      if (auto run = summarize_run(entry.path())) found.push_back(std::move(*run));
    std::sort(found.begin(), found.end(), [](const RunSummary& a, const RunSummary& b) {
      return std::pair(a.changed_unix_s, a.folder) > std::pair(b.changed_unix_s, b.folder);
    });
    for (const RunSummary& run : found) runs.push_back(told(run));
    return runs;
  }
  // How many were read, all being as they are.
  std::size_t read_now() const {
    const Listed listed = list();
    EXPECT_EQ(listed.runs, truth());
    return listed.read;
  }
  std::int64_t rows() const {
    const auto database = Database::open(file_, Database::For::reading);
    return database ? const_cast<Database&>(*database).number("SELECT count(*) FROM runs").value() : -1;
  }
  void remove_index() const {
    for (const char* with : {"", "-wal", "-shm"}) std::filesystem::remove_all(file_.native() + with);
  }

  TemporaryFolder folder_;
  std::filesystem::path runs_ = folder_.path() / "runs", file_ = runs_ / kIndexFile;
};

}  // namespace switchyard::test
