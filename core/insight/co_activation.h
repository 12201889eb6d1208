// Co-activation: which experts are chosen for the same token, over all pairs of a token's experts, not neighbours
// in rank alone.
//
//   share[i, j] = N_ij / N_i                              i's tokens that j has too
//   lift[i, j]  = share[i, j] (A - c_i) / ((k - 1) c_j)   A = kT assignments; 1: as their loads alone would have it
//
// chance = (k - 1) / (N - 1): share if pairs were drawn evenly. The diagonal is NaN, as is everything with one
// expert a token. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "core/insight/assignments.h"

namespace switchyard {

struct CoActivation {
  std::int32_t experts = 0;
  std::vector<std::int64_t> tokens;  // [N] N_i
  std::vector<std::int64_t> pairs;   // [N, N] N_ij, symmetric; 0 on the diagonal
  std::vector<double> share;         // [N, N] rows sum to k - 1
  std::vector<double> lift;          // [N, N]
  double chance = kMissing;          // k: mean experts a token

  bool empty() const { return share.empty(); }
  std::size_t at(std::int32_t i, std::int32_t j) const {
    return static_cast<std::size_t>(i) * static_cast<std::size_t>(experts) + static_cast<std::size_t>(j);
  }
};

// Empty where nothing is chosen, and of more than kMostPairedExperts (layer_flow.h), whose tables would take more
// memory than what they are of.
CoActivation co_activation(const Assignments& assignments, const Among& among = {});

}  // namespace switchyard
