// Tooltips, and when it is time for one; text in as many lines as it needs.
//
// Thread safety: window thread only.
#pragma once

#include <string_view>

#include "app/ui/skin.h"

namespace switchyard::app {

// The mouse has rested on the last item for a moment: time for its tooltip. `id` tells items of a window
// apart. The pause keeps tooltips out of the way of a mouse that only passes.
bool mouse_rests(std::string_view id);
// The same of a rectangle of the window that holds several items.
bool mouse_rests_in(std::string_view id, ImVec2 min, ImVec2 max);

// Text in as many lines as it needs. wrap_x: where they end, in the window; 0: at its edge.
void wrapped_text(ImFont* font, viz::Colour colour, std::string_view text, float wrap_x = 0);

// A framed, wrapped tooltip for the last item. `title` in bold, then lines.
void tooltip(const Skin& skin, std::string_view title, std::string_view body, std::string_view footer = {});

}  // namespace switchyard::app
