// ablate, route-diff and their like: a trained model opened, tried, and told of. Progress and warnings go to
// stderr.
//
// Thread safety: main thread. Errors: usage: no such run, or what it is asked has no meaning for its model;
// interrupted by a signal, between two trials.
#pragma once

#include <string>

#include "app/cli/words/options.h"
#include "core/base/result.h"
#include "core/session/meeting/options.h"

namespace switchyard::app {

// What options.cause asks for, as text or JSON.
Result<std::string> report_cause(const Options& options, const MakeTrainer& make,
                                 const MakeTrainerFrom& make_from);

}  // namespace switchyard::app
