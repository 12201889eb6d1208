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
  ShareOrLift(const std::vector<double>& shares, const std::vector<double>& lifts, bool as_lift, double chance);
  // Values, scale, colours, numbers and key; the caption and the reference's name differ.
  void fill(viz::MatrixSpec& spec, std::string_view reference_label) const;

  bool as_lift;
  double chance;
  std::vector<float> values;
  float top = 0;
  std::string most;
};

}  // namespace switchyard::app
