#include "app/cli/words/figure_form.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <utility>

#include "core/base/printable.h"

namespace switchyard::app {
namespace {

// A finite number at the begin of `text`, which then begins behind it.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (code != std::errc() || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<double> mm_per(std::string_view unit) {
  if (unit == "mm") return 1;
  if (unit == "cm") return 10;
  if (unit == "in") return kMmPerInch;
  return std::nullopt;
}

bool is_figure_side(double mm) { return mm >= kLeastFigure_mm && mm <= kMostFigure_mm; }

constexpr std::pair<std::string_view, bool FigureForm::*> kFormats[] = {
    {"svg", &FigureForm::svg}, {"pdf", &FigureForm::pdf}, {"png", &FigureForm::png}, {"csv", &FigureForm::csv}};

}  // namespace

Result<void> read_figure_size(std::string_view text, FigureForm& form) {
  const auto refused = [&] {
    return usage_error(
        fmt::format("'{}': allowed is a width like 85mm, 8.5cm or 3.3in, or width and height like 85x60mm, each "
                    "{} to {} mm",
                    printable(text), kLeastFigure_mm, kMostFigure_mm));
  };
  std::string_view rest = text;
  const auto width = take_number(rest);
  if (!width) return refused();
  std::optional<double> height;
  if (rest.starts_with('x')) {
    rest.remove_prefix(1);
    height = take_number(rest);
    if (!height) return refused();
  }
  const auto unit = mm_per(rest);
  if (!unit || !is_figure_side(*width * *unit) || (height && !is_figure_side(*height * *unit))) return refused();
  form.width_mm = *width * *unit;
  form.height_mm = height ? *height * *unit : 0;
  return {};
}

Result<void> read_figure_font(std::string_view text, FigureForm& form) {
  std::string_view rest = text;
  const auto size = take_number(rest);
  if (!size || !(rest.empty() || rest == "pt") || *size < kLeastFont_pt || *size > kMostFont_pt)
    return usage_error(
        fmt::format("'{}': allowed is {} to {} pt, like 8pt", printable(text), kLeastFont_pt, kMostFont_pt));
  form.font_pt = *size;
  return {};
}

Result<void> read_figure_formats(std::string_view text, FigureForm& form) {
  FigureForm read = form;
  for (const auto& [name, format] : kFormats) read.*format = false;
  for (std::string_view rest = text;;) {
    const auto comma = rest.find(',');
    const std::string_view word = rest.substr(0, comma);
    bool is_known = false;
    for (const auto& [name, format] : kFormats)
      if (word == name) is_known = read.*format = true;
    if (!is_known)
      return usage_error(
          fmt::format("'{}': allowed are svg, pdf, png and csv, with commas between", printable(text)));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  form = std::move(read);
  return {};
}

std::string size_text(const FigureForm& form) {
  if (!form.is_sized()) return {};
  return form.height_mm > 0 ? fmt::format("{:g}x{:g}mm", form.width_mm, form.height_mm)
                            : fmt::format("{:g}mm", form.width_mm);
}

std::string formats_text(const FigureForm& form) {
  std::string text;
  for (const auto& [name, format] : kFormats)
    if (form.*format) text += (text.empty() ? "" : ",") + std::string(name);
  return text;
}

}  // namespace switchyard::app
