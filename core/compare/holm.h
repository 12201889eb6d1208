// Several comparisons with one baseline at once: each at the level that keeps the chance of calling any equal one
// different at most alpha (Holm, "A simple sequentially rejective multiple test procedure", 1979).
//
// The p values in rising order are held against alpha / m, alpha / (m - 1), ..., alpha; at the first that is not
// below its level it ends, and it and all above it are not called different. Thread safety: pure functions.
#pragma once

#include <span>
#include <vector>

namespace switchyard {

struct HolmResult {
  bool is_different = false;
  // What p was held against, or where the procedure ended: an interval of this level holds 0 exactly where the arm
  // is not called different.
  double level = 0;
};

// One for each p, in their order.
std::vector<HolmResult> holm(std::span<const double> p, double alpha);

}  // namespace switchyard
