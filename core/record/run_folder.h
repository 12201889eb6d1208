// The run folder: everything a run leaves behind, append-only, readable at any moment and after a kill.
//
//   config.json        the knobs at the start under "config"; corpus (the data's name), vocabulary (what the model's
//                      outputs stand for: characters or classes), versions, device, threads, seed; data (data_record.h: which
//                      text it is). The one file that may say where the text lay
//   metrics.csv        a row a step; empty where a figure does not exist
//   routing.jsonl      a line a probe step and MoE layer: counts and mean_prob since the line before
//   events.jsonl       edits, rebuilds, alerts, exports, with the step they act on; alerts of routing as kind "health" and
//                      "health-end" with an "alert"
//   model.safetensors  the weights, with the configuration of then; replaced whole at each export
//   branch-001/ ...    the same files of the next model: a rebuild or a reset starts a new one at step 0
//
// Layers (the l0_ of a column, "layer" of a line) are indices of transformer blocks, from 0. Numbers are
// written so that reading them gives the same bits. A branch appears with its first step or export; the
// event that made it is in the folder of the model it ended.
//
// Thread safety: one thread. Errors: usage for a folder that cannot be used, failure for writing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/record/files.h"
#include "core/session/observer.h"

namespace switchyard {

class RunFolder : public Observer {
 public:
  // Makes the folder and those above it. usage: it is there and not empty, not a folder, not writable.
  static Result<std::unique_ptr<RunFolder>> create(const std::filesystem::path& path);

  Result<void> on_model(const Trainer& trainer) override;
  Result<void> on_step(const StepRecord& record) override;
  Result<void> on_probe(const Snapshot* snapshot) override;
  Result<void> on_event(const RunEvent& event) override;
  Result<void> on_weights(const Trainer& trainer) override;
  std::string place() const override { return root_.string(); }

 private:
  // Counts of one layer since the last line of routing.jsonl.
  struct Window {
    std::int32_t block = 0;
    std::vector<double> counts, prob_sum;
    double dropped = 0;
    std::int64_t steps = 0;
  };

  explicit RunFolder(std::filesystem::path root) : root_(std::move(root)), folder_(root_) {}
  // Makes the files of the model announced last, unless they are there.
  Result<void> open_model();
  std::string header() const;

  std::filesystem::path root_, folder_;
  AppendFile metrics_, routing_, events_;
  std::optional<std::string> announced_;  // config.json of a model that has no files yet
  std::uint32_t announced_generation_ = 0;
  int branches_ = -1;                 // models with files, less one
  std::vector<std::int32_t> blocks_;  // MoE blocks: the columns of metrics.csv
  std::vector<Window> windows_;
  std::int64_t last_step_ = 0;
};

// $XDG_DATA_HOME/switchyard/runs, or ~/.local/share/switchyard/runs.
std::filesystem::path default_runs_directory();
// A name like 20261122-153012-stories that is free in `directory`; local time. Whatever is not a letter,
// digit, dot or dash in `label` becomes a dash; of a path the file's stem is taken.
std::filesystem::path new_run_folder(const std::filesystem::path& directory, std::string_view label);

}  // namespace switchyard
