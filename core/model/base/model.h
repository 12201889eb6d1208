// What a trainer, an optimizer, expert surgery and export need to know of any model. Thread safety: belongs to one
// thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/base/records.h"
#include "core/config/config.h"
#include "core/model/base/parameter.h"

namespace switchyard {

// One token sent to other experts in one MoE block.
struct Detour {
  std::int64_t token = 0;  // of the pass, in row-major order
  std::int64_t block = 0;
  at::Tensor experts;      // [S, k] int64: a variant a row
};

// Of each MoE layer of the records [N] 1: muted; empty: nobody is.
using MutedExperts = std::vector<std::vector<std::uint8_t>>;

class Model {
 public:
  virtual ~Model() = default;
  // Every parameter once, in a fixed order. Those of an MoE layer have "block_sparse_moe" in their names.
  virtual void visit(const ParameterVisitor& visitor) = 0;
  // Moves the selection bias of every MoE layer after a step: see LinearGate::balance.
  virtual void balance(const std::vector<LayerRecord>& layers, double rate, BiasRule rule,
                       const MutedExperts& muted) = 0;
};

// What a router shared by all layers is balanced by: the sum of their counts.
inline std::vector<float> counts_of_all(const std::vector<LayerRecord>& layers) {
  std::vector<float> sum;
  for (const LayerRecord& layer : layers) {
    sum.resize(layer.counts.size());
    for (std::size_t e = 0; e < sum.size(); ++e) sum[e] += layer.counts[e];
  }
  return sum;
}
// Who has no part in it: one that any of the layers mutes has fewer than its share for that reason alone.
inline std::vector<std::uint8_t> muted_of_any(const MutedExperts& muted) {
  std::vector<std::uint8_t> any;
  for (const std::vector<std::uint8_t>& layer : muted) {
    any.resize(std::max(any.size(), layer.size()));
    for (std::size_t e = 0; e < layer.size(); ++e) any[e] |= layer[e];
  }
  return any;
}

}  // namespace switchyard
