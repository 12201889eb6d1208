// The figure of a study (core/study/study_results.h), without window or display: validation loss of every arm with
// the range of its seeds, its difference from the first arm with the 95 % interval of each step, and the verdict
// in words.
//
// Thread safety: one thread; no ImGui context may be in use.
#pragma once

#include <filesystem>
#include <vector>

#include "app/cli/studies/compare.h"
#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace switchyard::app {

// comparison.svg and comparison.png into the folder, in place of those of an earlier look. failure: names the
// file.
Result<DrawnFigures> draw_study_figures(const StudyResults& results, const std::vector<ArmCurve>& curves,
                                        bool light_theme, const std::filesystem::path& folder);

}  // namespace switchyard::app
