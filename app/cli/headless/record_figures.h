// The figures of a recorded run, drawn from its folder without its model: `switchyard figures DIR`.
//
// Thread safety: main thread only; the run is read on a thread of its own meanwhile.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/cli/headless/headless.h"

namespace switchyard::app {

inline constexpr const char* kReportFile = "report.html";  // in a run's folder

// What the folder holds, as a window that had watched the run would know it; without looks and inspections at the model.
// usage: no folder of a run, or it cannot be read; interrupted.
Result<FinishedRun> read_finished_run(const std::filesystem::path& folder);

// Into options.out, or the run's own folder, where no other process records it. Returns the folder of the figures. Errors: usage,
// interrupted.
Result<std::filesystem::path> draw_record(const Options& options, const DrawFigures& draw_figures);

// Writes a recorded run's page to a file, and returns what is told of it. Left to whoever has a screen library.
using WriteReport = std::function<Result<std::vector<std::string>>(const std::filesystem::path& run,
                                                                   const std::filesystem::path& file)>;
// Of options.run, into options.out or its report.html, and returns that file. Errors: usage, failure, interrupted.
Result<std::filesystem::path> write_record(const Options& options, const WriteReport& write_report);

}  // namespace switchyard::app
