// How many runs of a sweep this machine has room for at once.
//
// Thread safety: reads files and asks the kernel. Errors: usage, of a text or points that cannot be read.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "core/base/result.h"
#include "core/study/study_plan.h"

namespace switchyard::app {

struct SweepRoom {
  std::size_t jobs = 1;
  std::string note;  // why fewer than asked for; empty: they are not
};

// The least of the runs that are left, `asked` (0: one for each `threads` usable cores, but one alone where runs
// may take a graphics card, whose memory is not known here), and what 70 % of the memory that is left holds of the
// largest arm's training (core/config/training_memory.h) and a process's own. `root`: as of core/base/limits.h.
Result<SweepRoom> room_for(const StudyPlan& stage, std::size_t runs_left, std::size_t asked,
                           const std::filesystem::path& root = "/");

}  // namespace switchyard::app
