// A run at a glance: for lists. Only the beginning of its description, the end of its metrics (or of its tape:
// tape_steps.h) and the header of one checkpoint are read.
//
// Thread safety: pure functions of the file system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/base/run_point.h"
#include "core/config/config.h"
#include "core/record/checkpoint/checkpoint.h"
#include "core/record/reading/run_whole.h"

namespace switchyard {

struct RunSummary {
  std::filesystem::path folder;
  std::string id;  // empty in folders of 0.1.0
  std::string name;  // what it was called, by people or by what it was begun for; empty: nobody said (run_note.h)
  std::optional<RunPoint> parent;
  std::string corpus;               // the data's name
  std::optional<Config> config;     // at its start; nothing where this version does not know it
  std::string started;              // UTC, "2026-11-28T15:12:00Z"
  std::int64_t changed_unix_s = 0;  // when its last row was written
  // Of its last whole row; of a child without one the step it began at.
  std::int64_t steps = 0;
  double val_loss = kMissing, val_accuracy = kMissing;  // the last ones, of its own steps
  double loss = kMissing;                               // of the last whole row, as the next two
  std::int64_t tokens = -1;                             // or points, learned from so far; below 0: not recorded
  double wall_s = kMissing;                             // of training
  std::optional<RunWhole> whole;                        // where it was asked for: RunDetail::whole
  std::optional<CheckpointHeader> newest;
  bool has_weights = false;  // a model.safetensors
  bool is_running = false;   // somebody records it
};

// Whether it has made a step of its own.
bool has_own_step(const RunSummary& run);

// What is read of a run: its ends, or all its lines too (run_whole.h).
enum class RunDetail { glance, whole };

// usage: no folder of a run.
Result<RunSummary> summarize_run(const std::filesystem::path& folder, RunDetail detail = RunDetail::glance);

// About so many rows of a run, evenly over its record, for a small picture of it: only these are read.
struct CurvePoint {
  std::int64_t step = 0;
  double loss = kMissing;
};
std::vector<CurvePoint> sample_curve(const std::filesystem::path& folder, std::size_t points);

}  // namespace switchyard
