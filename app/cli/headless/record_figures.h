// The figures of a recorded run, drawn from its folder without its model: `switchyard figures DIR`.
//
// Thread safety: main thread only; the run is read on a thread of its own meanwhile.
#pragma once

#include <filesystem>

#include "app/cli/headless/headless.h"

namespace switchyard::app {

// What the folder holds, as a window that had watched the run would know it; without looks and inspections at the model.
// usage: no folder of a run, or it cannot be read; interrupted.
Result<FinishedRun> read_finished_run(const std::filesystem::path& folder);

// Into options.out, or the run's own folder, where no other process records it. Returns the folder of the figures. Errors: usage,
// interrupted.
Result<std::filesystem::path> draw_record(const Options& options, const DrawFigures& draw_figures);

}  // namespace switchyard::app
