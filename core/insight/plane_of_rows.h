// The plane of a cloud of rows in which it is widest: the two leading eigenvectors of its covariance (Jolliffe
// 2002), found by subspace iteration from a fixed start, each axis with its largest entry positive. For clouds
// that come without torch (core/measure/pca.h is for those of a model): of more than kMostPlaneNumbers the axes
// are those of rows taken evenly.
//
// Rows with a number that is not finite take no part and have NaN for a place. Thread safety: pure function.
#pragma once

#include <cstddef>
#include <span>

#include "core/base/looks.h"

namespace switchyard {

inline constexpr std::size_t kMostPlaneNumbers = std::size_t{1} << 18;

// x [rows, width]. Empty where width or the number of rows that take part is below 2, or all of these are the
// same. planes: how many are made at once, which share the work that one may take.
ProbePlane plane_of_rows(std::span<const float> x, std::size_t width, std::size_t planes = 1);

}  // namespace switchyard
