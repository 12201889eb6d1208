// `switchyard open PATH` of a recording that another program made (core/recordings): what it has and how its loads
// were, as a table or JSON, and with --out DIR the same recording in the canonical form.
//
// Thread safety: main thread.
#pragma once

#include <string>

#include "app/cli/words/options.h"
#include "core/base/result.h"
#include "core/recordings/route_pairs.h"
#include "core/recordings/summary.h"

namespace switchyard::app {

// What to print. usage: no recording, a key is missing or wrong, DIR is not empty. failure: DIR cannot be written.
Result<std::string> report_recording(const Options& options);

// pairs: of --full, else null.
std::string recording_table(const RecordingSummary& summary, const RoutePairs* pairs = nullptr);
std::string recording_json(const RecordingSummary& summary, const RoutePairs* pairs = nullptr);

}  // namespace switchyard::app
