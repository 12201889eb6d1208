// The files of a panel's export: its drawing as SVG, PDF and PNG, its table as CSV, all under one name. A figure
// carries in its metadata every knob, for programs; one as on the screen (PNG at twice its size) in a line below
// the panel what was trained, for people, where one for a page leaves that to the page's own words.
//
// Thread safety: pure functions; write_export does file I/O.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/words/figure_form.h"
#include "app/export/screenshot.h"
#include "app/ui/panel_exports.h"
#include "core/base/result.h"
#include "core/config/config.h"
#include "core/session/meeting/link.h"
#include "viz/base/theme.h"
#include "viz/canvas/typeface.h"

namespace switchyard::app {

// The step of a status that is of no run: its corpus_name alone is told, the name of a checkpoint.
inline constexpr std::int64_t kNoStep = -1;

// The run behind a picture. ASCII, one line: {"step": 120, "config": {...}}.
std::string picture_text(const RunStatus& status);
// "stories · step 1,200 · Seed 1 · Experts 16 · Top-k 2 · ...": those and every other knob that is not at its
// default.
std::string run_line(const RunStatus& status);
// "expert-load" of "Expert load".
std::string file_stem(std::string_view title);

// How figures look: as the window does.
struct FigureLook {
  const viz::Theme& theme;
  const viz::Typefaces& typefaces;
  float scale = 1;  // UI scale the panel was drawn at; figures come out as at scale 1
  FigureForm form{};
};

// Of a figure of that width: how much of the layout, in the unit of the typefaces, is a millimetre of paper.
double layout_px_per_mm(const FigureForm& form, const viz::Typefaces& typefaces);
// How large the panel is drawn for such a figure, in that unit, at least so high; 0, 0: as it is drawn without.
viz::Point panel_size(const FigureForm& form, const viz::Typefaces& typefaces);

std::string figure_svg(const PanelExport& panel, const RunStatus& status, const FigureLook& look);
// A page of the figure's size. Empty where it could not be made.
std::string figure_pdf(const PanelExport& panel, const RunStatus& status, const FigureLook& look);
// pixel_ratio 2: twice as many pixels a side as the SVG has units. No pixels where memory does not suffice.
Image figure_image(const PanelExport& panel, const RunStatus& status, const FigureLook& look, float pixel_ratio);

// Writes what was handed over into `folder`, made where it is missing: STEM-stepN.svg, .pdf, .png and .csv, those
// of look.form; -2, -3,
// ... after names that are taken. Returns the files. failure: names the file and the system's reason, or the panel
// that had nothing to show.
Result<std::vector<std::filesystem::path>> write_export(const PanelExport& panel, const RunStatus& status,
                                                        const FigureLook& look,
                                                        const std::filesystem::path& folder);

}  // namespace switchyard::app
