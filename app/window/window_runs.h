// What the runs of a window begin with: who is told, where they are recorded, what they go on from.
//
// Thread safety: pure functions, but that going on with a run takes it out of the options.
#pragma once

#include "app/cli/words/options.h"
#include "core/session/session.h"

namespace switchyard::app {

// Of the first one: what the command line says.
LiveRunOptions run_options(const Options& options);
// Of a run beside it: nothing of what the first goes on from, in a folder beside that.
LiveRunOptions companion_options(const Options& options);

// The folder of a run that never took a step, unless something is kept in it. Empty: none.
void remove_unused_run(const std::string& folder);

}  // namespace switchyard::app
