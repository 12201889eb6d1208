// Everything the program does without a window, from parsed options to an exit code. main() calls this
// for every action but Mode::window.
//
// Thread safety: main thread.
#pragma once

#include <memory>

#include "app/cli/headless/headless.h"
#include "app/cli/headless/record_figures.h"
#include "app/cli/studies/compare.h"
#include "app/cli/studies/sweep.h"
#include "app/cli/words/cli.h"
#include "core/base/result.h"
#include "core/train/interface/trainer.h"

namespace switchyard::app {

// Results go to stdout, progress and errors to stderr. Returns the exit code. Without draw_figures --figures is
// refused, and without write_report --report, before anything is trained.
int run_in_terminal(const Options& options, const DrawFigures& draw_figures = {}, const DrawStudy& draw_study = {},
                    const DrawSweep& draw_sweep = {}, const WriteReport& write_report = {});

// --report of a headless run that has ended in this folder: where it cannot be made that is told, as the run is
// good without it. Errors: interrupted; the message says that the run is whole.
Result<void> report_headless(const Options& options, const std::filesystem::path& folder,
                             const WriteReport& write_report);

// "switchyard: MESSAGE" on stderr; returns the error's exit code.
int report_error(const Error& error);
// Its notes as warnings on stderr.
void report_notes(const Options& options);

// A trainer of the engine library, which is loaded by the first call.
Result<std::unique_ptr<Trainer>> make_engine_trainer(const Config& config);
Result<std::unique_ptr<Trainer>> make_engine_trainer_from(const TrainerState& state);

}  // namespace switchyard::app
