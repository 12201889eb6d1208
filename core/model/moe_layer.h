// Gate + router + dispatch + experts, and experts that all tokens share: one mixture-of-experts feed-forward.
// Thread safety: as the model that holds it.
#pragma once

#include <optional>
#include <vector>

#include "core/model/experts.h"
#include "core/model/gate.h"
#include "core/model/router.h"

namespace switchyard {

// What one pass through a layer decided; tensors share the pass's graph.
struct MoeTrace {
  std::int64_t block = 0;
  at::Tensor router_input;  // [T, d]
  GateScores scores;
  Routing routing;
  c10::intrusive_ptr<DispatchPlan> plan;
};

class MoeLayer {
 public:
  MoeLayer(const Config& config, std::int64_t block, const std::string& prefix, const Initializer& init);

  // x [T, d] -> [T, d]; appends what it decided to `trace`.
  at::Tensor forward(const at::Tensor& x, const RoutingContext& context, const CapacityRule& rule, at::ScalarType compute,
                     std::vector<MoeTrace>& trace) const;
  // See LinearGate::balance.
  void balance(const std::vector<float>& counts, double rate) { gate_.balance(counts, rate); }
  std::int64_t block() const { return block_; }
  void visit(const ParameterVisitor& visitor);

 private:
  std::int64_t block_;
  LinearGate gate_;
  Experts experts_;
  std::optional<Experts> shared_;  // every token goes through it
};

}  // namespace switchyard
