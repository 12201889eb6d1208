// Classifier of points: an input map where dims != d_model, blocks of one feed-forward each (MoE in every m-th), a
// linear head to the classes.
//
//   residual   x = x + f(norm(x)) in each block, a norm before the head (pre-norm, Xiong 2020)
//   bare       x = f(x), straight into the head: with one block a single MoE layer under a head
//
// Initialization as in transformer.h: matrices normal(0, 1/sqrt(in)), those that write to the residual stream
// scaled by 1/sqrt(layers), biases 0, norms 1. Thread safety: belongs to one thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/config/config.h"
#include "core/model/base/model.h"
#include "core/model/layers/moe_layer.h"
#include "core/model/layers/norm.h"
#include "core/model/layers/transformer.h"

namespace switchyard {

class Classifier final : public Model {
 public:
  // Dimensions and classes are those of the configuration.
  Classifier(const Config& config, const Initializer& init);

  // The points of a pass are one group for the routers that have groups (expert choice, soft).
  // x [T, dims] -> logits [T, classes], and the trace of every MoE layer.
  ForwardPass forward(const at::Tensor& x, const PassContext& context) const;
  // [S, classes]: what it would make of one point, for each row of a detour, as Transformer::reroute.
  at::Tensor reroute(const at::Tensor& x, const Detour& detour, const PassContext& context) const;
  void balance(const std::vector<LayerRecord>& layers, double rate, BiasRule rule,
               const MutedExperts& muted) override;
  void visit(const ParameterVisitor& visitor) override;

 private:
  struct Block {
    Norm norm;  // residual only
    std::optional<MoeLayer> moe;
    std::optional<Experts> dense;
    std::int64_t index = 0;
  };

  // `inputs`, if wanted: what every block was given, [T, d].
  ForwardPass run(const at::Tensor& x, const PassContext& context, std::vector<at::Tensor>* inputs) const;
  at::Tensor logits_of(const at::Tensor& x, const PassContext& context) const;

  bool residual_, mapped_;
  Parameter map_, map_bias_;  // [d, dims] [d]: where mapped
  std::shared_ptr<LinearGate> shared_gate_;
  std::vector<Block> blocks_;
  Norm final_norm_;             // residual only
  Parameter head_, head_bias_;  // [C, d] [C]
};

}  // namespace switchyard
