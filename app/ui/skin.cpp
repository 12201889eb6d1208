#include "app/ui/skin.h"

#include <cstddef>

#include "core/base/utf8.h"

namespace switchyard::app {

void draw_clipped_text(ImDrawList* list, ImFont* font, ImVec2 at, float width, viz::Colour colour,
                       std::string_view text) {
  if (text_size(font, text).x <= width) return draw_text(list, font, at, colour, text);
  const float dots = text_size(font, "…").x;
  std::size_t kept = text.size();
  while (kept > 0 && text_size(font, text.substr(0, kept)).x > width - dots) kept = utf8_cut(text, kept - 1);
  draw_text(list, font, at, colour, std::string(text.substr(0, kept)) + "…");
}

}  // namespace switchyard::app
