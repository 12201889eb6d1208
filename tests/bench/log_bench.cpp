// What writing for TensorBoard costs whoever trains. Run by hand, from build/release/bin:
//
//   log_bench [CONFIG]   the steps of a model that learns are told to two run folders in turn, one that writes for
//   TensorBoard and one that does not, many rounds: CPU microseconds a step of the telling thread (medians of
//   rounds), the difference as a share of what a step takes, bytes a step
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/config/json.h"
#include "core/record/folder/run_folder.h"
#include "core/record/tensorboard/event_file.h"
#include "core/train/interface/engine_loader.h"

namespace {

using namespace switchyard;
namespace fs = std::filesystem;

constexpr int kSteps = 100, kRounds = 41;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

double seconds_of(clockid_t clock) {
  timespec at{};
  ::clock_gettime(clock, &at);
  return static_cast<double>(at.tv_sec) + 1e-9 * static_cast<double>(at.tv_nsec);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// A trainer's next steps; what the middle one of them took of all its threads.
std::pair<std::vector<StepRecord>, double> learn(Trainer& trainer) {
  std::vector<StepRecord> records;
  std::vector<double> took;
  double began = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  while (records.size() < kSteps) {
    auto record = trainer.advance();
    if (!record) give_up(record.error().message);
    if (!*record) continue;
    records.push_back(std::move(**record));
    const double now = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    took.push_back(now - began);
    began = now;
  }
  return {std::move(records), median(std::move(took))};
}

}  // namespace

int main(int argc, char** argv) {
  Result<Config> config = argc > 1 ? read_config_file(argv[1]) : Config();
  if (!config) give_up(config.error().message);
  config->log_tensorboard = true;
  const auto engine = load_engine();
  if (!engine) give_up(engine.error().message);
  const fs::path scratch = fs::temp_directory_path() / ("log_bench-" + std::to_string(::getpid()));
  std::vector<double> us[2];
  double step_s = 0;
  std::vector<StepRecord> records;
  std::unique_ptr<Trainer> trainers[2];
  std::unique_ptr<RunFolder> folders[2];
  for (int with : {0, 1}) {
    config->log_tensorboard = with != 0;
    auto made = (*engine)->create(*config);
    if (!made) give_up(made.error().message);
    trainers[with] = std::move(*made);
    auto folder = RunFolder::create(scratch / (with ? "with" : "without"));
    if (!folder) give_up(folder.error().message);
    folders[with] = std::move(*folder);
  }
  std::tie(records, step_s) = learn(*trainers[0]);
  for (int with : {0, 1}) folders[with]->on_model(*trainers[with]);
  for (int round = 0; round < kRounds; ++round)
    for (int with : {round % 2, 1 - round % 2}) {
      std::vector<StepRecord> told = records;
      for (StepRecord& record : told) record.step += round * kSteps;
      const double began = seconds_of(CLOCK_THREAD_CPUTIME_ID);
      for (const StepRecord& record : told) {
        folders[with]->on_step(record);
        if (record.step % config->probe_interval == 0) folders[with]->on_probe(nullptr);
      }
      us[with].push_back(1e6 * (seconds_of(CLOCK_THREAD_CPUTIME_ID) - began) / kSteps);
    }
  const double without = median(us[0]), with = median(us[1]);
  const fs::path folder = folders[1]->place();
  for (auto& one : folders) one->on_end();
  std::error_code code;
  const auto bytes = fs::file_size(folder / find_event_file(folder), code);
  std::printf(
      "%lld MoE layers of %lld experts: a step takes %.0f us of CPU; told without TensorBoard %.1f us, with it "
      "%.1f us, %.3f %% of "
      "the step more; %.0f bytes a step\n",
      static_cast<long long>(records[0].layers.size()), static_cast<long long>(config->experts), 1e6 * step_s,
      without, with, 100e-6 * (with - without) / step_s, static_cast<double>(bytes) / (kSteps * kRounds));
  fs::remove_all(scratch, code);
  return 0;
}
