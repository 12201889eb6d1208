// Gate + router + dispatch + experts, and experts that all tokens share: one mixture-of-experts feed-forward.
// Thread safety: as the model that holds it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/model/functions/experts.h"
#include "core/model/layers/soft_mixing.h"
#include "core/model/routing/gate.h"
#include "core/model/routing/router.h"

namespace switchyard {

// What one pass through a layer decided; tensors share the pass's graph.
struct MoeTrace {
  std::int64_t block = 0;
  bool soft = false;        // soft mixing: routing and plan are for figures alone
  at::Tensor router_input;  // [T, d]
  at::Tensor gate;          // [N, d] the gate's rows, no gradient; undefined with soft mixing
  GateScores scores;                      // undefined with soft mixing
  Routing routing;
  c10::intrusive_ptr<DispatchPlan> plan;
  at::Tensor banned;  // [N] bool, what of all tokens nobody could choose; undefined: all could be
  at::Tensor norms;  // [A] |E(x)| of each assignment's expert and token, no gradient; undefined unless asked for
};

// [N] tokens of each expert before capacity; of soft mixing the mass of its shares.
std::vector<double> expert_loads(const MoeTrace& layer);

// The decisions as a table with one width, for people and files: the chosen experts of each token, best first. Where
// tokens differ in how many they have, the rest of a row is other experts, with weight 0 and not kept.
struct Choices {
  std::int64_t width = 0;          // K
  at::Tensor experts;              // [T, K] int64
  at::Tensor weights;              // [T, K] fp32, no gradient
  std::vector<std::uint8_t> kept;  // [T, K]
};
Choices choices_of(const MoeTrace& layer);

class MoeLayer {
 public:
  // `gate`: the one it shares with other layers, or null for its own.
  MoeLayer(const Config& config, std::int64_t block, const std::string& prefix, const Initializer& init,
           std::shared_ptr<LinearGate> gate = nullptr);

  // x [T, d] -> [T, d]; appends what it decided to `trace`. In evaluation capacity acts on each of the context's
  // sequences, and what is drawn is the same at every call. What context.edits does to this layer is in `trace` as
  // far as choices, weights and drops go; who is silenced or stood in for is not.
  at::Tensor forward(const at::Tensor& x, const RoutingContext& context, const CapacityRule& rule, const ExpertPass& pass,
                     std::vector<MoeTrace>& trace) const;
  // What this layer's experts make of x by the plan; over all that have some of them.
  at::Tensor computed(const at::Tensor& x, const at::Tensor& weights, const c10::intrusive_ptr<DispatchPlan>& plan,
                      const RoutingContext& context, const ExpertPass& pass) const;
  // See LinearGate::balance.
  void balance(const std::vector<float>& counts, double rate, BiasRule rule,
               const std::vector<std::uint8_t>& muted) {
    if (gate_) gate_->balance(counts, rate, rule, muted);
  }
  std::int64_t block() const { return block_; }
  // All but a shared gate.
  void visit(const ParameterVisitor& visitor);

 private:
  // [A] see MoeTrace. Evaluation alone.
  at::Tensor norms_of(const at::Tensor& x, const MoeTrace& seen, const RoutingContext& context,
                      const ExpertPass& pass) const;

  std::int64_t block_;
  bool owns_gate_;
  std::shared_ptr<LinearGate> gate_;  // null with soft mixing
  std::optional<SoftMixing> soft_;
  Experts experts_;
  std::optional<Experts> shared_;  // every token goes through it
};

}  // namespace switchyard
