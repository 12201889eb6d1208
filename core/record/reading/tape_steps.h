// The steps of a run from its tape, for whoever would read them in metrics.csv: where there is none, or none any
// more.
//
// Thread safety: pure functions of the file system. Errors: usage, where there is no tape that can be read.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"

namespace switchyard {

// Whether the run has no metrics.csv, or one that was written to long before its tape was: log_csv was switched
// off.
bool are_steps_on_tape(const std::filesystem::path& folder);

// Each step in order; on_step false: enough.
Result<void> read_tape_steps(const std::filesystem::path& folder,
                             const std::function<bool(StepRecord&&)>& on_step);
// Its summary: a few thousand rows at most, evenly; empty where there is none that can be read.
std::vector<StepRecord> read_tape_rows(const std::filesystem::path& folder);

struct TapeEnd {
  StepRecord newest;
  double val_loss = kMissing, val_accuracy = kMissing;  // the last ones
};
// Nothing: there is no step that can be read.
std::optional<TapeEnd> read_tape_end(const std::filesystem::path& folder);

}  // namespace switchyard
