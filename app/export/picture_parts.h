// What figures of whole studies share: headings, text in lines, the files.
//
// Thread safety: one thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/cli/headless/headless.h"
#include "app/export/figure_fonts.h"
#include "core/base/result.h"
#include "viz/canvas/canvas.h"
#include "viz/canvas/typeface.h"

namespace switchyard::app {

// Broken between words; a word that is too long has a line of its own.
std::vector<std::string> lines_within(const std::string& text, float width, const viz::MeasureText& measure);
// A bold title and, behind it in small, what is shown; cut at the right edge.
void draw_heading(viz::Canvas& canvas, viz::Point at, float right, const std::string& title,
                  const std::string& what, const viz::Theme& theme);

struct StudyPictureFile {
  std::string stem, title, about, metadata;  // "comparison"; of the SVG; what was trained; JSON, ASCII
  viz::Rect area{};
  std::function<void(viz::Canvas&)> draw;
};
// STEM.svg and STEM.png into the folder, made where it is missing. failure: names the file.
Result<DrawnFigures> write_study_picture(const StudyPictureFile& picture, const FigureFonts& fonts,
                                         const std::filesystem::path& folder);

}  // namespace switchyard::app
