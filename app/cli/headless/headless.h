// The run without a window: the same trainer and the same run folder, a progress bar on stderr.
//
// Thread safety: main thread only; it takes the signals of app/cli/console/ends.h for the time of the run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/cli/words/cli.h"
#include "core/base/result.h"
#include "core/history/history.h"
#include "core/history/snapshot_store.h"
#include "core/session/session.h"

namespace switchyard::app {

// A run at its end, as a window would know it.
struct FinishedRun {
  History history{};
  SnapshotStore kept{};                        // the looks of its probes
  std::shared_ptr<const Snapshot> snapshot{};  // a look at the model of the last step; null: there is none
  RunStatus status{};
  std::string prompt{};                     // what the model was asked to continue; empty: it learned no text
  std::vector<GeneratedToken> generated{};  // and how it did
  // Further looks at the model of the last step, and one of its tokens looked into; both may be empty.
  std::function<Result<std::shared_ptr<const Snapshot>>(const Watch&)> look{};
  std::function<Result<std::shared_ptr<const Inspection>>(const Inspect&)> inspect{};
};
// What became of its figures: one that cannot be made is told and costs the others nothing.
struct DrawnFigures {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> told;  // "no figure of Token: this model has no MoE layer"
};
// Draws it for --figures: files into a folder. Left to whoever has a screen library. Errors: interrupted.
using DrawFigures = std::function<Result<DrawnFigures>(FinishedRun, const std::filesystem::path&)>;

// Trains options.steps steps into options.out, or into a new folder of the user's runs directory, or so many more
// of the run of options.resume in its own folder, and returns that folder. Errors: usage for a config, corpus or
// folder that cannot be used; failure when training or writing fails, or something throws; interrupted after a
// request to end (app/cli/console/ends.h). Except for usage, everything up to then is on disk, weights included,
// as far as the disk takes it; the message says which weights lie where, or why not. With options.figures a run
// that came to its end is drawn.
Result<std::filesystem::path> run_headless(const Options& options, const MakeTrainer& make_trainer,
                                           const DrawFigures& draw_figures = {}, const MakeTrainerFrom& make_trainer_from = {});

}  // namespace switchyard::app
