// `switchyard sweep`: all combinations of several knobs' values, learned with the same seeds, and which may be the
// best (core/study/sweep_results.h).
//
// Killed at any moment it goes on when asked again. Several processes asked for the same folder share its runs, on
// this machine (--jobs) or on others (--print-jobs); whatever learned them, the command merges what lies there.
// What a run is follows from the plan alone, its threads too: the number of jobs changes no bit.
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
#include "core/study/sweep_results.h"

namespace switchyard::app {

// The ranking as a figure, into a folder. Left to whoever has a screen library.
using DrawSweep = std::function<Result<DrawnFigures>(const SweepResults&, const std::vector<ArmCurve>&,
                                                     const std::filesystem::path&)>;

// Learns options.study into options.out, writes its report and figures there, and returns the report: text, or
// JSON with options.json. With options.only one run is learned, and nothing returned; with options.print_jobs none
// is, and the commands that do are returned, a line each. Errors: usage for a setup or folder that is refused,
// failure, interrupted; what was learned until then is kept.
Result<std::string> run_sweep(const Options& options, const MakeTrainer& make_trainer,
                              const MakeTrainerFrom& make_trainer_from = {}, const DrawSweep& draw_sweep = {});

}  // namespace switchyard::app
