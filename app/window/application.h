// The program with a window: window, trainer thread and workbench tied together.
//
// Each frame takes what the trainer published, draws, and sends the commands that came out. How often
// frames come is the governor's business (frame_governor.h).
//
// Thread safety: main thread only.
#pragma once

#include <functional>

#include "app/cli/words/cli.h"
#include "app/run/live.h"
#include "core/base/result.h"
#include "core/session/session.h"

namespace switchyard::app {

// Called once a frame, after the panels and as if it were one of them: how a test uses the real window.
using FrameHook = std::function<void(const Live&, UiState&, std::vector<Command>&)>;

// Runs until the window is closed, or until options.screenshot is written. `make_trainer` runs on the
// trainer's thread. Errors: usage without a display or with too old an OpenGL; failure when a run for a
// screenshot fails; interrupted after Ctrl-C. The run is on disk in every case.
Result<void> run_window(const Options& options, MakeTrainer make_trainer, FrameHook each_frame = {});

}  // namespace switchyard::app
