#include "app/export/picture_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "app/export/screenshot.h"
#include "core/base/printable.h"
#include "core/record/files/files.h"
#include "viz/canvas/canvas_cairo.h"
#include "viz/canvas/canvas_svg.h"

namespace switchyard::app {
namespace {

constexpr float kPixelsAUnit = 2;  // of the PNG

}  // namespace

std::vector<std::string> lines_within(const std::string& text, float width, const viz::MeasureText& measure) {
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find(' ', from), text.size());
    const std::string word = text.substr(from, to - from);
    std::string longer = line.empty() ? word : line + ' ' + word;
    if (line.empty() || measure(longer, viz::Font::body).x <= width) line = std::move(longer);
    else {
      lines.push_back(std::move(line));
      line = word;
    }
    from = to + 1;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

void draw_heading(viz::Canvas& canvas, viz::Point at, float right, const std::string& title,
                  const std::string& what, const viz::Theme& theme) {
  const std::string shown = viz::ellipsized(canvas, title, right - at.x, viz::Font::bold);
  canvas.text(at, shown, theme.text, viz::Font::bold);
  const float x = at.x + canvas.text_size(shown, viz::Font::bold).x + 12;
  canvas.text({x, at.y + 1}, viz::ellipsized(canvas, what, right - x, viz::Font::small), theme.text_dim,
              viz::Font::small);
}

Result<DrawnFigures> write_study_picture(const StudyPictureFile& picture, const FigureFonts& fonts,
                                         const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) return failure(fmt::format("{}: cannot be made: {}", printable(folder.native()), code.message()));
  const viz::FontFiles files(fonts.typefaces());
  const auto measure = [&](std::string_view text, viz::Font font) { return files.text_size(text, font); };
  DrawnFigures drawn;
  viz::CanvasSvg svg({picture.area, 1}, fonts.typefaces(), measure);
  picture.draw(svg);
  drawn.files.push_back(folder / (picture.stem + ".svg"));
  if (auto done = replace_file(drawn.files.back(), svg.document({picture.title, picture.about, picture.metadata}));
      !done)
    return done.error();
  viz::CanvasCairo png({picture.area, kPixelsAUnit}, fonts.theme().ground, files);
  picture.draw(png);
  viz::Pixels pixels = png.pixels();
  drawn.files.push_back(folder / (picture.stem + ".png"));
  if (auto done =
          write_png(drawn.files.back(), {pixels.width, pixels.height, std::move(pixels.rgb)}, picture.metadata);
      !done)
    return done.error();
  return drawn;
}

}  // namespace switchyard::app
