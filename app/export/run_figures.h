// Every panel of a finished run as files, without window or display: the panels are drawn into an ImGui context
// that shows nothing, and exported as from their corner; a panel that shows one layer has a figure for each.
//
// Thread safety: one thread; no ImGui context may be in use. Pictures are written on a thread of its own
// meanwhile.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/headless/headless.h"
#include "app/export/export_writer.h"
#include "app/ui/panel_exports.h"

namespace switchyard::app {

// Besides panels a figure may be of t-SNE: a projection by it, which is worked out for that figure and takes
// seconds, so that it is drawn where it is named alone. "regret" is in the figure of a token.
inline constexpr std::string_view kTsneFigure = "t-sne", kRegretFigure = "regret";
// Its panels by their ids: each was named by that or by its title. usage: one that there is not.
Result<FigureForm> with_known_panels(FigureForm form);

// Draws every panel of the form that suits the run and has something to show of it. Looks and inspections that
// panels wish for are taken first, as far as `run` can. What a panel cannot show, or fails at, is told (of which
// panels, and why) and ends no other. `take` gets each drawing with the look it was drawn for; interrupted: a
// request to end (app/cli/console/ends.h).
using TakeFigure = std::function<void(PanelExport, const ExportWriter::Look&)>;
Result<std::vector<std::string>> draw_run_panels(FinishedRun run, const FigureForm& form, const TakeFigure& take);

// The same as files: figures and data, those of the form. A file that cannot be written is told too.
Result<DrawnFigures> draw_run_figures(FinishedRun run, const FigureForm& form,
                                      const std::filesystem::path& folder);

}  // namespace switchyard::app
