// A run as one page that can be given away: what was trained, how it went, each panel's figure (SVG) with the
// numbers behind it, edits and alerts, and the verdict of the study that it is a run of. It holds no path, host or
// user, and text that comes from files is shown and means nothing (report_page.h). Of one record the page is the
// same to the byte.
//
// Thread safety: one thread; no ImGui context may be in use. Errors: usage for a folder that is no run's, failure
// for a file that cannot be written, interrupted (app/cli/console/ends.h).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/cli/headless/headless.h"
#include "core/base/result.h"

namespace switchyard::app {

struct Report {
  std::string html;
  std::vector<std::string> told;  // panels without a figure, and why
};
// folder: of the run, for what its record alone tells.
Result<Report> report_of(FinishedRun run, const std::filesystem::path& folder);

// RUN's record read and its page written to `file`. Returns what report_of() told.
Result<std::vector<std::string>> write_report_of(const std::filesystem::path& run,
                                                 const std::filesystem::path& file);

}  // namespace switchyard::app
