// Colour maps for heatmaps: viridis for amounts, orange-grey-blue for signed values.
#pragma once

#include <array>

#include "viz/base/geometry.h"

namespace viz {

enum class ColourMap { viridis, diverging };

// Colour at t in [0, 1]; values outside are clamped, NaN gives a fully transparent colour.
// viridis rises in luminance from dark violet to yellow. diverging goes orange f59322 at 0, grey e8eaeb
// at 0.5, blue 0877bd at 1.
Colour map_colour(ColourMap map, float t);

// The map in equal steps, for drawing many cells: index it with a rounded t × 63. Neighbouring cells
// that fall on the same step can be drawn as one.
constexpr int map_steps = 64;
std::array<Colour, map_steps> map_table(ColourMap map);

}  // namespace viz
