// Steering: what becomes of loss and of who goes where, as α is added to the logits of an expert, or of a domain's
// experts. Thread safety: values; pure function but for the trials.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/causes/token_groups.h"
#include "core/causes/trying.h"

namespace switchyard {

inline constexpr double kLeastOfFairShare = 0.25;

struct SteeringRequest {
  // Either one expert of one layer (or of all: layer -1), or in every layer the experts that a domain (class) has
  // most of: top_k of them by lift, its share of the expert's tokens over its share of all, of experts with at
  // least kLeastOfFairShare of a fair share of the choices: the lift of a nearly dead one is chance.
  std::int32_t layer = -1, expert = -1;
  std::string label;
  std::vector<double> alphas{-8, -4, -2, -1, -0.5, 0, 0.5, 1, 2, 4, 8};
};

struct SteeredExpert {
  std::int32_t layer = 0, block = 0, expert = 0;
  double lift = kMissing;  // of the label; NaN where none was asked for
};

struct SteeringPoint {
  double alpha = 0;
  double loss = 0, accuracy = 0;
  std::vector<double> loss_by_group;  // of SteeringSweep::groups
  double load = 0;                    // share of all choices of the steered layers that go to the steered experts
  std::vector<double> mix;  // [labels] share of each among the tokens that they are given; NaN without tokens
};

struct SteeringSweep {
  TokenGroups groups;  // characters are not among them
  std::vector<SteeredExpert> steered;
  std::vector<SteeringPoint> points;  // as alphas
};

// usage: no such layer, expert or label; a gate without logits; no α. interrupted: as Trials.
Result<SteeringSweep> steering_sweep(const SteeringRequest& request, Trials& trials);

}  // namespace switchyard
