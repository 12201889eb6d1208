// A matrix over experts as shares against chance, or as lift: what both panels that have one share.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "viz/plots/matrix.h"

namespace switchyard::app {

// Shares on viridis from 0 up, with chance marked; lifts as powers of two around 1, signed, from 1/4 to 4. A lift of 0 is as
// far below as the map goes. The spec looks into this: it must outlive the drawing.
struct ShareOrLift {
  // Where the scale of shares ends: the largest, and twice what chance gives at least.
  static float top_of(const std::vector<double>& shares, double chance);
  // at_least: the scale goes so far, where others have it too.
  ShareOrLift(const std::vector<double>& shares, const std::vector<double>& lifts, bool as_lift, double chance,
              float at_least = 0);
  // Values, scale, colours, numbers and key; the caption and the reference's name differ.
  void fill(viz::MatrixSpec& spec, std::string_view reference_label) const;

  // "0 % to 63 %", "1/4× to 4×".
  std::string scale_text() const;

  bool as_lift;
  double chance;
  std::vector<float> values;
  float top = 0;
  std::string most;
};

}  // namespace switchyard::app
