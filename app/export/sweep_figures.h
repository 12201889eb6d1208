// The figure of a sweep (core/study/sweep_results.h), without window or display: the validation loss over its
// axis, or over both as a heatmap, or, of more than two, over each with the mean of all arms that share a value;
// then the ranking, and what is known of the best.
//
// After halving its first part is of the first rung, at whose steps all arms can be held against each other. Arms
// that have not a loss at every seed have no place there. Thread safety: one thread; no ImGui context may be in
// use.
#pragma once

#include <filesystem>

#include "app/cli/headless/headless.h"
#include "core/base/result.h"
#include "core/study/sweep_results.h"

namespace switchyard::app {

// sweep.svg and sweep.png into the folder, in place of those of an earlier look. failure: names the file.
Result<DrawnFigures> draw_sweep_figures(const SweepResults& results, bool light_theme,
                                        const std::filesystem::path& folder);

}  // namespace switchyard::app
