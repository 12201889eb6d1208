#include "app/export/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/base/file_name.h"
#include "core/base/json.h"
#include "core/base/version.h"
#include "core/config/json.h"
#include "core/config/knobs.h"
#include "core/record/files/files.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_cairo.h"
#include "viz/canvas/canvas_svg.h"

namespace switchyard::app {
namespace {

// Around the panel, and of the lines below it. For scale 1.
constexpr float kMargin = 12, kFooter = 22, kFootLine = 16, kFootGap = 24;
constexpr double kPageAspect = 0.68;      // height by width, of a panel that fills what it has
constexpr double kPointsPerPixel = 0.75;  // of a figure as on the screen: CSS's
constexpr std::size_t kMostFootLines = 6;
constexpr float kPixelRatio = 2;
constexpr std::string_view kDot = " \u00b7 ";

// Of which run numbers are, wherever they go: "20261128T151200Z-stories-x7k2mq", and of a child "PARENT@STEP".
std::vector<Table::Constant> run_columns(const RunStatus& status) {
  std::vector<Table::Constant> columns;
  if (!status.run.empty()) columns.emplace_back("run", status.run);
  if (status.parent) columns.emplace_back("parent", fmt::format("{}@{}", status.parent->run, status.parent->step));
  if (status.run.empty() && status.step == kNoStep && !status.corpus_name.empty())
    columns.emplace_back("checkpoint", status.corpus_name);
  return columns;
}

std::string program_name() { return fmt::format("Switchyard {}", version()); }

// What was trained, broken at its dots; the first line leaves room for the program's name.
std::vector<std::string> foot_lines(const PanelExport& panel, const RunStatus& status, const FigureLook& look,
                                    const viz::MeasureText& measure) {
  std::string text = run_line(status);
  if (const float hidden = panel.facts.hidden; hidden >= 1)
    text = fmt::format("cut: the last {:.0f} % of its height are left out{}{}",
                       100 * hidden / (panel.area.height() + hidden), kDot, text);
  const float name = measure(program_name(), viz::Font::small).x + kFootGap * look.scale;
  std::vector<std::string> lines{{}};
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find(kDot, from), text.size());
    const std::string part = text.substr(from, to - from);
    const std::string longer = lines.back().empty() ? part : lines.back() + std::string(kDot) + part;
    const float room = panel.area.width() - 4 * look.scale - (lines.size() == 1 ? name : 0);
    if (lines.back().empty() || lines.size() == kMostFootLines || measure(longer, viz::Font::small).x <= room)
      lines.back() = longer;
    else lines.push_back(part);
    from = to + kDot.size();
  }
  return lines;
}

// What both kinds of picture are drawn by.
struct Picture {
  const PanelExport& panel;
  const FigureLook& look;
  std::vector<std::string> foot;

  viz::Rect area() const {
    if (look.form.is_sized()) return panel.area;
    const float margin = kMargin * look.scale;
    const float below = kMargin + kFooter + kFootLine * static_cast<float>(foot.size() - 1);
    return {panel.area.x0 - margin, panel.area.y0 - margin, panel.area.x1 + margin,
            panel.area.y1 + below * look.scale};
  }

  void draw_on(viz::Canvas& canvas) const {
    const viz::Theme& theme = look.theme;
    canvas.rect_fill(area(), look.form.is_sized() ? theme.panel : theme.ground);
    canvas.push_clip(panel.area);
    panel.drawing->draw_on(canvas);
    canvas.pop_clip();
    if (look.form.is_sized()) return;
    float middle = panel.area.y1 + (kMargin + kFooter) / 2 * look.scale;
    const std::string program = program_name();
    canvas.text({panel.area.x1 - 2 * look.scale, middle}, program, theme.text_dim, viz::Font::small,
                viz::Align::end, viz::Align::middle);
    float room = panel.area.width() - 4 * look.scale - canvas.text_size(program, viz::Font::small).x -
                 kFootGap * look.scale;
    for (const std::string& line : foot) {
      canvas.text({panel.area.x0 + 2 * look.scale, middle}, viz::ellipsized(canvas, line, room, viz::Font::small),
                  theme.text_dim, viz::Font::small, viz::Align::start, viz::Align::middle);
      middle += kFootLine * look.scale;
      room = panel.area.width() - 4 * look.scale;
    }
  }
};

Picture picture_of(const PanelExport& panel, const RunStatus& status, const FigureLook& look,
                   const viz::MeasureText& measure) {
  return {panel, look,
          look.form.is_sized() ? std::vector<std::string>() : foot_lines(panel, status, look, measure)};
}

// By unit of the canvas. The layout has whole pixels, and the figure the width that was asked for.
double mm_per_unit(const Picture& picture) { return picture.look.form.width_mm / picture.area().width(); }

std::filesystem::path free_stem(const std::filesystem::path& folder, const std::string& stem) {
  namespace fs = std::filesystem;
  for (int count = 1;; ++count) {
    const std::string name = count == 1 ? stem : fmt::format("{}-{}", stem, count);
    bool taken = false;
    std::error_code code;
    for (const char* extension : {".svg", ".pdf", ".png", ".csv"})
      taken = taken || fs::exists(folder / (name + extension), code);
    if (!taken) return folder / name;
  }
}

}  // namespace

std::string picture_text(const RunStatus& status) {
  Json about;
  for (const auto& [name, value] : run_columns(status)) about.member(name) = value;
  if (status.step != kNoStep) about.member("step") = status.step;
  else about.member("checkpoint") = status.corpus_name;
  if (status.config) about.member("config") = to_shared_json(*status.config);
  const TextFacts& text = status.text;
  if (!text.source.sha256.empty())
    about.member("data") = Json{{"name", status.corpus_name},
                         {"bytes", text.source.bytes},
                         {"sha256", text.source.sha256},
                         {"unknown_share", text.unknown.validation_share}};
  return dump_json(about, -1, true);
}

std::string run_line(const RunStatus& status) {
  if (status.step == kNoStep) return status.corpus_name;
  std::string line = status.corpus_name.empty() ? std::string() : name_of_file(status.corpus_name) + " · ";
  if (status.text.unknown.kinds > 0)
    line += fmt::format("{:.3g} % of the validation text <unk> · ", 100 * status.text.unknown.validation_share);
  line += "step " + viz::grouped(static_cast<double>(status.step));
  if (!status.config) return line;
  const auto add = [&](const Knob& knob) {
    line += fmt::format(" · {} {}", knob.label, to_text(knob.get(*status.config)));
  };
  constexpr std::string_view kAlways[] = {"seed", "experts", "top_k"};
  for (const std::string_view key : kAlways) add(*find_knob(key));
  // The data are named at its begin; of points of a file nothing that drawn ones have counts.
  const bool of_file = learns_from_file(*status.config);
  for (const Knob* knob : changed_knobs(Config{}, *status.config)) {
    const bool is_drawn = of_file && knob->key.starts_with("cluster_");
    if (knob->type != KnobType::text && !is_drawn &&
        std::find(std::begin(kAlways), std::end(kAlways), knob->key) == std::end(kAlways))
      add(*knob);
  }
  return line;
}

std::string file_stem(std::string_view panel) {
  std::string stem;
  for (const char c : panel) {
    if (std::isalnum(static_cast<unsigned char>(c)))
      stem += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!stem.empty() && stem.back() != '-') stem += '-';
  }
  while (!stem.empty() && stem.back() == '-') stem.pop_back();
  return stem.empty() ? "panel" : stem;
}

double layout_px_per_mm(const FigureForm& form, const viz::Typefaces& typefaces) {
  return viz::typeface_of(typefaces, viz::Font::body).em_px / (form.font_pt * kMmPerInch / kPointsPerInch);
}

viz::Point panel_size(const FigureForm& form, const viz::Typefaces& typefaces) {
  if (!form.is_sized()) return {0, 0};
  const double px = layout_px_per_mm(form, typefaces);
  const auto side = [&](double mm) { return static_cast<float>(std::round(mm * px)); };
  return {side(form.width_mm), side(form.height_mm > 0 ? form.height_mm : kPageAspect * form.width_mm)};
}

std::string figure_svg(const PanelExport& panel, const RunStatus& status, const FigureLook& look) {
  const viz::FontFiles fonts(look.typefaces);
  const auto measure = [&](std::string_view text, viz::Font font) { return fonts.text_size(text, font); };
  const Picture picture = picture_of(panel, status, look, measure);
  const float pixel_mm = look.form.is_sized() ? static_cast<float>(mm_per_unit(picture)) * look.scale : 0;
  viz::CanvasSvg canvas({picture.area(), 1 / look.scale, pixel_mm}, look.typefaces, measure);
  picture.draw_on(canvas);
  return canvas.document({panel.title, run_line(status), picture_text(status)});
}

std::string figure_pdf(const PanelExport& panel, const RunStatus& status, const FigureLook& look) {
  const viz::FontFiles fonts(look.typefaces);
  const auto measure = [&](std::string_view text, viz::Font font) { return fonts.text_size(text, font); };
  const Picture picture = picture_of(panel, status, look, measure);
  const double points =
      look.form.is_sized() ? mm_per_unit(picture) * kPointsPerInch / kMmPerInch : kPointsPerPixel / look.scale;
  viz::CanvasCairo canvas({picture.area(), static_cast<float>(points)}, look.theme.ground, fonts,
                          viz::CairoTarget::pdf);
  picture.draw_on(canvas);
  return canvas.pdf({panel.title, run_line(status), picture_text(status)});
}

Image figure_image(const PanelExport& panel, const RunStatus& status, const FigureLook& look, float pixel_ratio) {
  const viz::FontFiles fonts(look.typefaces);
  const auto measure = [&](std::string_view text, viz::Font font) { return fonts.text_size(text, font); };
  const Picture picture = picture_of(panel, status, look, measure);
  viz::CanvasCairo canvas({picture.area(), pixel_ratio / look.scale}, look.theme.ground, fonts);
  picture.draw_on(canvas);
  viz::Pixels pixels = canvas.pixels();
  return {pixels.width, pixels.height, std::move(pixels.rgb)};
}

Result<std::vector<std::filesystem::path>> write_export(const PanelExport& panel, const RunStatus& status,
                                                        const FigureLook& look,
                                                        const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  if (panel.table && panel.table->empty() && !panel.drawing)
    return failure(fmt::format("{}: there is nothing to export yet", panel.title));
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) return failure(fmt::format("{}: cannot create the folder: {}", folder.string(), code.message()));
  // Of several layers the one that is shown.
  const std::string layer = panel.facts.layers > 1 ? fmt::format("-layer{}", panel.facts.layer) : std::string();
  const std::string step = status.step != kNoStep ? fmt::format("-step{}", status.step) : std::string();
  const std::string stem = free_stem(folder, fmt::format("{}{}{}", file_stem(panel.title), layer, step)).string();
  std::vector<fs::path> files;
  const FigureForm& form = look.form;
  if (panel.drawing && form.svg) {
    if (const auto done = replace_file(stem + ".svg", figure_svg(panel, status, look)); !done) return done.error();
    files.emplace_back(stem + ".svg");
  }
  if (panel.drawing && form.pdf) {
    const std::string page = figure_pdf(panel, status, look);
    if (page.empty()) return failure(fmt::format("{}.pdf: the page could not be drawn", stem));
    if (const auto done = replace_file(stem + ".pdf", page); !done) return done.error();
    files.emplace_back(stem + ".pdf");
  }
  if (panel.drawing && form.png) {
    const double ratio = form.is_sized()
                             ? form.dpi / kMmPerInch / layout_px_per_mm(form, look.typefaces) * look.scale
                             : kPixelRatio;
    const Image image = figure_image(panel, status, look, static_cast<float>(ratio));
    if (const auto done = write_png(stem + ".png", image, picture_text(status)); !done) return done.error();
    files.emplace_back(stem + ".png");
  }
  if (form.csv && panel.table && !panel.table->empty()) {
    if (const auto done = replace_file(stem + ".csv", panel.table->csv(run_columns(status))); !done) return done.error();
    files.emplace_back(stem + ".csv");
  }
  return files;
}

}  // namespace switchyard::app
