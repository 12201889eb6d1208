// Changes of what is kept, on a person's demand: a checkpoint named or moved to the trash, a whole run moved
// there, either put back. What a run that was forked still needs stays: a child that has no checkpoint of its own
// begins from its parent's.
//
// Thread safety: pure functions of the file system. Whoever changes a run holds it: it is locked meanwhile, unless
// the caller has it already.
#pragma once

#include <filesystem>
#include <functional>

#include "core/run/kept_change.h"

namespace switchyard {

// Whether this process holds the run in this folder for the caller, who writes nothing there meanwhile.
using HeldHere = std::function<bool(const std::filesystem::path& run_folder)>;

// A run that another process holds is refused; so is a whole run that is held here.
KeptChanged change_kept(const KeptChange& change, const HeldHere& held_here = {});

}  // namespace switchyard
