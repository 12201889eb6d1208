// `switchyard open PATH` of a checkpoint that another program trained (core/checkpoints): its experts and routers,
// as a table or JSON. With a bar on stderr where the weights are read; Ctrl-C ends it.
//
// Thread safety: main thread.
#pragma once

#include <string>

#include "app/cli/words/options.h"
#include "core/base/result.h"

namespace switchyard::app {

// What to print. usage: no checkpoint with experts, damaged, a type that is not read, no such layer or expert.
// interrupted: asked to end meanwhile.
Result<std::string> report_weights(const Options& options);

}  // namespace switchyard::app
