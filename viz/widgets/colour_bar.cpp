#include "viz/widgets/colour_bar.h"

#include <array>
#include <cmath>

namespace viz {

float colour_bar_height(Canvas& canvas, float scale) {
  return canvas.text_size("0", Font::mono_small).y + 4 * scale;
}

void draw_colour_bar(Canvas& canvas, const Rect& line, const ColourBar& bar, const Theme& theme, float scale) {
  const float middle = (line.y0 + line.y1) / 2;
  const float low_width = canvas.text_size(bar.low, Font::mono_small).x,
              high_width = canvas.text_size(bar.high, Font::mono_small).x;
  const float width = 56 * scale, gap = 5 * scale;
  float x = line.x1 - (low_width + high_width + width + 2 * gap);
  if (x < line.x0) return;
  float left = x;
  canvas.text({x, middle}, bar.low, theme.text_dim, Font::mono_small, Align::start, Align::middle);
  x += low_width + gap;
  std::array<Colour, 16> steps{};
  for (std::size_t i = 0; i < steps.size(); ++i)
    steps[i] = map_colour(
        bar.map, bar.begin + (bar.end - bar.begin) * static_cast<float>(i) / static_cast<float>(steps.size() - 1));
  canvas.cell_grid({x, middle - 4 * scale, x + width, middle + 4 * scale}, 1, steps.size(), steps);
  if (std::isfinite(bar.mark) && bar.mark >= 0 && bar.mark <= 1) {
    const float hairline = std::max(1.0f, std::floor(scale)), at = std::round(x + bar.mark * width);
    canvas.rect_fill({at - hairline / 2, middle - 7 * scale, at + hairline / 2, middle + 7 * scale}, theme.text);
    const float label = canvas.text_size(bar.mark_label, Font::small).x;
    if (label > 0 && left - label - 14 * scale > line.x0) {
      canvas.text({left - 14 * scale, middle}, bar.mark_label, theme.text_dim, Font::small, Align::end,
                  Align::middle);
      left -= label + 22 * scale;
      canvas.rect_fill({left, middle - 5 * scale, left + hairline, middle + 5 * scale}, theme.text);
    }
  }
  x += width + gap;
  canvas.text({x, middle}, bar.high, theme.text_dim, Font::mono_small, Align::start, Align::middle);
  canvas.text({line.x0, middle}, ellipsized(canvas, bar.caption, left - line.x0 - 10 * scale, Font::small),
              theme.text_dim, Font::small, Align::start, Align::middle);
}

}  // namespace viz
