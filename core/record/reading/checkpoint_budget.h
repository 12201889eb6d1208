// All checkpoints of a directory of runs within one budget (checkpoint_thinning.h). Runs that another process
// holds keep what they have. Pinned are named ones, those from which another run of the directory was forked, and
// what the caller names.
//
// Thread safety: pure functions of the file system.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "core/base/run_point.h"
#include "core/record/checkpoint/checkpoint_store.h"

namespace switchyard {

// `held`: folders of runs that this process holds. `pinned`: what undo needs.
CheckpointStore::Kept keep_runs_within(const std::filesystem::path& directory, std::uint64_t budget_bytes,
                                       std::span<const std::filesystem::path> held,
                                       std::span<const RunPoint> pinned);

// Bytes of all checkpoints of a directory of runs, by the sizes of their files.
std::uint64_t checkpoint_bytes(const std::filesystem::path& directory);

}  // namespace switchyard
