// Every panel of a finished run as files, without window or display: the panels are drawn into an ImGui context
// that shows nothing, and exported as from their corner; a panel that shows one layer has a figure for each.
//
// Thread safety: one thread; no ImGui context may be in use. Pictures are written on a thread of its own
// meanwhile.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/cli/headless/headless.h"
#include "app/export/export_writer.h"
#include "app/ui/panel_exports.h"

namespace switchyard::app {

// Draws every panel that suits the run and has something to show of it. Looks and inspections that panels wish for
// are taken first, as far as `run` can. What a panel cannot show, or fails at, is told (of which panels, and why)
// and ends no other. `take` gets each drawing with the look it was drawn for; interrupted: a request to end
// (app/cli/console/ends.h).
using TakeFigure = std::function<void(PanelExport, const ExportWriter::Look&)>;
Result<std::vector<std::string>> draw_run_panels(FinishedRun run, bool light_theme, const TakeFigure& take);

// The same as files: figures (SVG, PNG) and data (CSV). A file that cannot be written is told too.
Result<DrawnFigures> draw_run_figures(FinishedRun run, bool light_theme, const std::filesystem::path& folder);

}  // namespace switchyard::app
