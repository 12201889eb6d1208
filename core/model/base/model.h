// What a trainer, an optimizer, expert surgery and export need to know of any model. Thread safety: belongs to one
// thread.
#pragma once

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

class Model {
 public:
  virtual ~Model() = default;
  // Every parameter once, in a fixed order. Those of an MoE layer have "block_sparse_moe" in their names.
  virtual void visit(const ParameterVisitor& visitor) = 0;
  // Moves the selection bias of every MoE layer after a step: see LinearGate::balance.
  virtual void balance(const std::vector<LayerRecord>& layers, double rate, BiasRule rule) = 0;
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

}  // namespace switchyard
