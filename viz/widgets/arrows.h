// Arrows over a plot, such as directions in a plane, with a name beyond each tip. Names keep out of each other's way;
// one that finds no place is left out, unless its arrow is lit.
//
// Pure drawing, in pixels.
#pragma once

#include <span>
#include <string_view>

#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace viz {

struct Arrow {
  Point from{}, to{};
  std::string_view name{};  // empty: none
  Colour colour = 0;
  bool lit = false;
};

// Lit ones lie on top, and the others step back as soon as one is lit. Shorter than a pixel: not drawn. Names stay
// within `area`.
void draw_arrows(Canvas& canvas, const Rect& area, std::span<const Arrow> arrows, const Theme& theme, float scale);
// The arrow whose tip is nearest to the mouse, within reach; -1: none.
int arrow_at(std::span<const Arrow> arrows, Point mouse, float reach);

}  // namespace viz
