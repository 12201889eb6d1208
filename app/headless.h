// The run without a window: the same trainer and the same run folder, a progress bar on stderr.
//
// Thread safety: main thread only; it takes SIGINT and SIGTERM for the time of the run.
#pragma once

#include <cstdint>
#include <filesystem>

#include "app/cli.h"
#include "core/base/result.h"
#include "core/session/session.h"

namespace switchyard::app {

inline constexpr std::int64_t kHeadlessSteps = 500;  // without --steps

// Trains options.steps steps into options.out, or into a new folder of the user's runs directory, and
// returns that folder. Errors: usage for a config, corpus or folder that cannot be used; failure when
// training or writing fails; interrupted after Ctrl-C. Except for usage, everything up to then is on disk,
// weights included, as far as the disk takes it.
Result<std::filesystem::path> run_headless(const Options& options, const MakeTrainer& make_trainer);

}  // namespace switchyard::app
