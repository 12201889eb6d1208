// Every panel of a finished run as files, without window or display: the panels are drawn into an ImGui context
// that shows nothing, and exported as from their corner; a panel that shows one layer has a figure for each.
//
// Thread safety: one thread; no ImGui context may be in use. Pictures are written on a thread of its own
// meanwhile.
#pragma once

#include <filesystem>
#include <vector>

#include "app/headless.h"

namespace switchyard::app {

// Figures (SVG, PNG) and data (CSV) of every panel that suits the run and has something to show of it. Looks and
// inspections that panels wish for are taken first, as far as `run` can. Returns the files.
// failure: the first file that could not be written, the look that failed; interrupted: a request to end
// (app/ends.h).
Result<std::vector<std::filesystem::path>> draw_run_figures(const FinishedRun& run, bool light_theme,
                                                            const std::filesystem::path& folder);

}  // namespace switchyard::app
