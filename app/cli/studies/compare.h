// `switchyard compare`: the runs of a study (core/study/study_plan.h), one after the other, and what they come to.
//
// Seed by seed, every arm at each, so that from the third seed on there is a verdict, provisional until the last.
// Killed at any moment it goes on when asked again, from the newest checkpoint of the run it was at; several
// processes asked for the same folder share its runs.
//
// Thread safety: main thread only; it takes the signals of app/cli/console/ends.h.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/cli/headless/headless.h"
#include "app/cli/words/options.h"
#include "core/base/result.h"
#include "core/study/study_results.h"

namespace switchyard::app {

// Curves and differences as figures, into a folder. Left to whoever has a screen library.
using DrawStudy = std::function<Result<DrawnFigures>(const StudyResults&, const std::vector<ArmCurve>&,
                                                     const std::filesystem::path&)>;

// Learns options.study into options.out, writes its report and figures there, and returns the report: text, or
// JSON with options.json. Errors: usage for a setup or folder that is refused, failure, interrupted; what was
// learned until then is kept.
Result<std::string> run_compare(const Options& options, const MakeTrainer& make_trainer,
                                const MakeTrainerFrom& make_trainer_from = {}, const DrawStudy& draw_study = {});

}  // namespace switchyard::app
