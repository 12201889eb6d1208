// All checkpoints of a directory of runs within one budget (checkpoint_thinning.h). Runs that another process
// holds keep what they have. Pinned are named ones, those from which another run of the directory was forked, and
// what the caller names. What is in the trash (trash.h) counts too, and goes before anything else does, the oldest
// first.
//
// Thread safety: pure functions of the file system.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/base/run_point.h"
#include "core/record/checkpoint/checkpoint_store.h"

namespace switchyard {

// Of one run, held by the caller; pinned are named ones, those from which a run beside it was forked, and these steps.
CheckpointStore::Kept keep_run_within(const std::filesystem::path& run_folder, const std::string& run,
                                      std::uint64_t budget_bytes, std::vector<std::int64_t> pinned_steps);

// `held`: folders of runs that this process holds. `pinned`: what undo needs.
CheckpointStore::Kept keep_runs_within(const std::filesystem::path& directory, std::uint64_t budget_bytes,
                                       std::span<const std::filesystem::path> held,
                                       std::span<const RunPoint> pinned);

// Bytes of all checkpoints of a directory of runs, by the sizes of their files; without what is in the trash.
std::uint64_t checkpoint_bytes(const std::filesystem::path& directory);

}  // namespace switchyard
