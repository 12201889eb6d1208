// What a run of a study came to: result.json in its folder, written when it has made its steps or has diverged.
//
//   { "step": 1000, "val_loss": 1.87, "val_accuracy": 0.43, "loss": 1.8, "tokens": 8192000, "wall_s": 31.2,
//     "run": "20261129T...", "diverged": "step 312: the loss is nan; ..." }
//
// Thread safety: pure functions of the file system. Errors: usage for a file that is none, failure from writing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "core/base/records.h"
#include "core/base/result.h"

namespace switchyard {

inline constexpr const char* kResultFile = "result.json";

struct RunResult {
  std::int64_t step = 0;       // of the last row
  double val_loss = kMissing;  // nats a token or point; missing where it diverged
  double val_accuracy = kMissing;
  double loss = kMissing;   // of the last step's batches
  std::int64_t tokens = 0;  // or points, learned from
  double wall_s = 0;        // of training
  std::string run{};          // its id
  std::string diverged{};     // why it ended early; empty: it did not
};

Result<void> write_result(const std::filesystem::path& run_folder, const RunResult& result);
// Nothing where there is none yet.
Result<std::optional<RunResult>> read_result(const std::filesystem::path& run_folder);

}  // namespace switchyard
