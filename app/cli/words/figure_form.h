// What figures are asked to be: how wide on paper, in which size of letters, as which kinds of file, and which
// panels.
//
// Without a width a figure is as on the screen. With one it is laid out so that its text comes out at the size
// asked for: a narrow figure has fewer ticks and shorter titles, never smaller letters.
//
// Thread safety: values and pure functions. Errors: usage, naming what is allowed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace switchyard::app {

inline constexpr double kMmPerInch = 25.4, kPointsPerInch = 72;

struct FigureForm {
  double width_mm = 0;   // of the whole figure; 0: as on the screen
  double height_mm = 0;  // of a panel that fills what it has; 0: as suits the width
  double font_pt = 8;    // of its text, where there is a width
  double dpi = 300;      // of the PNG, where there is a width
  bool svg = true, pdf = false, png = true, csv = true;
  bool light_theme = false;
  std::vector<std::string> panels{};  // ids (app/panels/panel_table.h); empty: all

  bool is_sized() const { return width_mm > 0; }
  bool operator==(const FigureForm&) const = default;
};

inline constexpr double kLeastFigure_mm = 40, kMostFigure_mm = 1000, kLeastFont_pt = 4, kMostFont_pt = 48;

// "85mm", "85x60mm", "3.3in", "8.5x6cm", into width and height.
Result<void> read_figure_size(std::string_view text, FigureForm& form);
// "8", "8pt", "7.5pt"
Result<void> read_figure_font(std::string_view text, FigureForm& form);
// "pdf,svg,csv": these alone.
Result<void> read_figure_formats(std::string_view text, FigureForm& form);
// As they read it: "85x60mm", "svg,png,csv".
std::string size_text(const FigureForm& form);
std::string formats_text(const FigureForm& form);

}  // namespace switchyard::app
