#include "app/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/version.h"
#include "core/config/json.h"
#include "core/config/knobs.h"
#include "core/record/files.h"
#include "viz/canvas_cairo.h"
#include "viz/canvas_svg.h"
#include "viz/format.h"

namespace switchyard::app {
namespace {

// Around the panel, and of the line below it. For scale 1.
constexpr float kMargin = 12, kFooter = 22;
constexpr float kPixelRatio = 2;

viz::Rect picture_area(const PanelExport& panel, float scale) {
  const float margin = kMargin * scale;
  return {panel.area.x0 - margin, panel.area.y0 - margin, panel.area.x1 + margin,
          panel.area.y1 + (kMargin + kFooter) * scale};
}

// What both kinds of picture are drawn by.
void draw_picture(viz::Canvas& canvas, const PanelExport& panel, const RunStatus& status, const FigureLook& look) {
  const viz::Theme& theme = look.theme;
  canvas.rect_fill(picture_area(panel, look.scale), theme.ground);
  canvas.push_clip(panel.area);
  panel.drawing->draw_on(canvas);
  canvas.pop_clip();
  const float middle = panel.area.y1 + (kMargin + kFooter) / 2 * look.scale;
  const std::string program = fmt::format("Switchyard {}", version());
  const float program_width = canvas.text_size(program, viz::Font::small).x;
  const float room = panel.area.width() - program_width - 24 * look.scale;
  canvas.text({panel.area.x0 + 2 * look.scale, middle},
              viz::ellipsized(canvas, run_line(status), room, viz::Font::small), theme.text_dim, viz::Font::small,
              viz::Align::start, viz::Align::middle);
  canvas.text({panel.area.x1 - 2 * look.scale, middle}, program, theme.text_dim, viz::Font::small, viz::Align::end,
              viz::Align::middle);
}

std::filesystem::path free_stem(const std::filesystem::path& folder, const std::string& stem) {
  namespace fs = std::filesystem;
  for (int count = 1;; ++count) {
    const std::string name = count == 1 ? stem : fmt::format("{}-{}", stem, count);
    bool taken = false;
    std::error_code code;
    for (const char* extension : {".svg", ".png", ".csv"})
      taken = taken || fs::exists(folder / (name + extension), code);
    if (!taken) return folder / name;
  }
}

}  // namespace

std::string picture_text(const RunStatus& status) {
  Json about;
  about["step"] = status.step;
  if (status.config) about["config"] = to_json(*status.config);
  return about.dump(-1, ' ', true);
}

std::string run_line(const RunStatus& status) {
  std::string line = status.corpus_name.empty()
                         ? std::string()
                         : std::filesystem::path(status.corpus_name).filename().string() + " · ";
  line += "step " + viz::grouped(static_cast<double>(status.step));
  if (!status.config) return line;
  const auto add = [&](const Knob& knob) {
    line += fmt::format(" · {} {}", knob.label, to_text(knob.get(*status.config)));
  };
  constexpr std::string_view kAlways[] = {"seed", "experts", "top_k"};
  for (const std::string_view key : kAlways) add(*find_knob(key));
  for (const Knob* knob : changed_knobs(Config{}, *status.config))
    if (knob->key != "corpus" && std::find(std::begin(kAlways), std::end(kAlways), knob->key) == std::end(kAlways))
      add(*knob);
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

std::string figure_svg(const PanelExport& panel, const RunStatus& status, const FigureLook& look) {
  const viz::FontFiles fonts(look.typefaces);
  viz::CanvasSvg canvas({picture_area(panel, look.scale), 1 / look.scale}, look.typefaces,
                        [&](std::string_view text, viz::Font font) { return fonts.text_size(text, font); });
  draw_picture(canvas, panel, status, look);
  return canvas.document({panel.panel, run_line(status), picture_text(status)});
}

Image figure_image(const PanelExport& panel, const RunStatus& status, const FigureLook& look, float pixel_ratio) {
  const viz::FontFiles fonts(look.typefaces);
  viz::CanvasCairo canvas({picture_area(panel, look.scale), pixel_ratio / look.scale}, look.theme.ground, fonts);
  draw_picture(canvas, panel, status, look);
  viz::Pixels pixels = canvas.pixels();
  return {pixels.width, pixels.height, std::move(pixels.rgb)};
}

Result<std::vector<std::filesystem::path>> write_export(const PanelExport& panel, const RunStatus& status,
                                                        const FigureLook& look,
                                                        const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  if (panel.table && panel.table->empty() && !panel.drawing)
    return failure(fmt::format("{}: there is nothing to export yet", panel.panel));
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) return failure(fmt::format("{}: cannot create the folder: {}", folder.string(), code.message()));
  const std::string stem =
      free_stem(folder, fmt::format("{}-step{}", file_stem(panel.panel), status.step)).string();
  std::vector<fs::path> files;
  if (panel.drawing) {
    if (const auto done = replace_file(stem + ".svg", figure_svg(panel, status, look)); !done) return done.error();
    files.emplace_back(stem + ".svg");
    const Image image = figure_image(panel, status, look, kPixelRatio);
    if (const auto done = write_png(stem + ".png", image, picture_text(status)); !done) return done.error();
    files.emplace_back(stem + ".png");
  }
  if (panel.table && !panel.table->empty()) {
    if (const auto done = replace_file(stem + ".csv", panel.table->csv()); !done) return done.error();
    files.emplace_back(stem + ".csv");
  }
  return files;
}

}  // namespace switchyard::app
