// Marks that are told apart by their shape as well as by their colour: of a few kinds of things in one plot, each
// named where it lies.
//
// Thread safety: pure functions but for the canvas.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace switchyard::app {

enum class MarkShape { circle, square, triangle, diamond, cross };

// radius in pixels: of the circle; the others weigh about as much.
void draw_shape(viz::Canvas& canvas, MarkShape shape, viz::Point at, float radius, viz::Colour colour);

// Where each of some names goes, so that none overlaps another: `wanted` are their middles along one direction,
// `each` what one takes of it, and they stay within [low, high] where that has room for all. [n], in the order
// given.
std::vector<float> spread_out(std::span<const float> wanted, float each, float low, float high);

}  // namespace switchyard::app
