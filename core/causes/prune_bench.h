// How many experts a model needs, and which: experts are taken out of all its layers, as many of each, by several
// rules; the loss at once, and while it learns on.
//
//   frequency   those chosen most stay
//   reap        those with the largest mean of gate weight times |E(x)| over the tokens they are given (REAP,
//   Lasby 2025,
//               2510.13999) stay
//   merge       the two most similar (cosine of weights) become their mean, weighted by how often each is chosen,
//   until as
//               few are left; gate rows alike
//   random      some stay by chance
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/causes/pruned_weights.h"
#include "core/causes/trying.h"

namespace switchyard {

enum class PruneMethod : std::uint8_t { frequency, reap, merge, random };
std::string_view name_of(PruneMethod method);

inline constexpr double kRecovered = 1.01;  // times the whole model's loss

// What becomes of a model with these weights and so many experts.
struct LearnedOn {
  std::vector<std::int64_t> step;  // from 0 on
  std::vector<double> loss;        // on the look, at those
  double seconds = 0;              // of all steps
};
using LearnOn = std::function<Result<LearnedOn>(std::int64_t experts, const std::vector<NamedTensor>& weights)>;

struct PruneRequest {
  std::vector<std::int64_t> kept;  // experts of each layer; empty: 7/8, 3/4, 1/2 and 1/4 of them, at least top_k
  std::vector<PruneMethod> methods{PruneMethod::frequency, PruneMethod::reap, PruneMethod::merge,
                                   PruneMethod::random};
  std::int64_t experts = 1, top_k = 1;  // of the model
  std::uint64_t seed = 1;
  // Why no model can have so many; empty: one can. Asked before any learns on. Null: all can.
  std::function<std::string(std::int64_t kept)> why_not = {};
};

struct PrunePoint {
  PruneMethod method = PruneMethod::frequency;
  std::int64_t kept = 0;
  LearnedOn learned;
  std::int64_t recovered_at =
      -1;  // first looked-at step with at most kRecovered times the whole model's loss; -1: none
  std::vector<LayerPruning> layers;
  std::string failed;  // why there is nothing learned; empty: there is
};

struct PruneBench {
  double loss = kMissing;  // of the whole model
  LearnedOn whole;         // it, learning on in the same way
  std::vector<PrunePoint> points;
};

// `looked`: the whole model on the look with norms (TrialWish). usage: kept beyond top_k to experts; what learn_on
// says of the whole model. What it says of one with fewer is that point's. interrupted: as Trials, of which each
// model counts as one.
Result<PruneBench> prune_bench(const PruneRequest& request, const Trial& looked,
                               const std::vector<NamedTensor>& weights, const LearnOn& learn_on, Trials& trials);

// What a rule leaves of one layer. `kept` of its experts.
LayerPruning pruned_layer(PruneMethod method, const TrialLayer& layer, const std::vector<NamedTensor>& weights,
                          std::int64_t kept, std::uint64_t seed);

}  // namespace switchyard
