// Two planes of the same points, each in axes of its own, brought into one: the turn of one, with or without a
// mirror, that brings it nearest to the other (orthogonal Procrustes; P. Schönemann, 1966). Principal axes are
// free to turn and to be mirrored, so two models' planes are compared only once that is taken away; distances and
// angles stay.
//
// Pure functions.
#pragma once

#include <span>
#include <vector>

namespace switchyard {

// x' = xx x + xy y, y' = yx x + yy y: orthogonal.
struct PlaneTurn {
  double xx = 1, xy = 0, yx = 0, yy = 1;
};

// Of `from` onto `onto`, [points, 2] each, about (0, 0), which both planes have in the middle of their cloud. A
// point that is not finite in both counts for nothing. No turn where nothing says which, as of one point at (0,
// 0).
PlaneTurn turn_onto(std::span<const float> from, std::span<const float> onto);

// [points, 2]
std::vector<float> turned(std::span<const float> xy, const PlaneTurn& turn);

}  // namespace switchyard
