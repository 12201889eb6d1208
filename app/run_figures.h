// Every panel of a finished run as files, without window or display: the panels are drawn into an ImGui context
// that shows nothing, and exported as from their corner.
//
// Thread safety: one thread; no ImGui context may be in use.
#pragma once

#include <filesystem>
#include <vector>

#include "app/headless.h"

namespace switchyard::app {

// Figures (SVG, PNG) and data (CSV) of every panel that suits the run and has something to show of it. Returns the files.
// failure: the first file that could not be written.
Result<std::vector<std::filesystem::path>> draw_run_figures(const FinishedRun& run, bool light_theme,
                                                            const std::filesystem::path& folder);

}  // namespace switchyard::app
