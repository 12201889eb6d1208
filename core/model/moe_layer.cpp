#include "core/model/moe_layer.h"

namespace switchyard {

MoeLayer::MoeLayer(const Config& config, std::int64_t block, const std::string& prefix,
                   const Initializer& init)
    : block_(block),
      gate_(config, prefix, init),
      experts_(config.experts, config.d_model, config.d_ff, config.expert, prefix + "experts.{}.", init) {
  if (config.shared_experts > 0)
    shared_.emplace(1, config.d_model, config.d_ff * config.shared_experts, config.expert, prefix + "shared_experts.", init);
}

at::Tensor MoeLayer::forward(const at::Tensor& x, const RoutingContext& context, const CapacityRule& rule,
                             at::ScalarType compute, std::vector<MoeTrace>& trace) const {
  MoeTrace seen;
  seen.block = block_;
  seen.router_input = x;
  seen.scores = gate_.score(x, context);
  seen.routing = route(seen.scores, context);
  seen.plan = build_dispatch(seen.routing.experts, seen.scores.clean.size(1), rule,
                             {seen.routing.weights, seen.routing.probs, context.noise});
  at::Tensor y = experts_.forward(x, seen.routing.weights, seen.plan, compute);
  if (shared_) y = y + shared_->forward_dense(x, compute);
  trace.push_back(std::move(seen));
  return y;
}

void MoeLayer::visit(const ParameterVisitor& visitor) {
  gate_.visit(visitor);
  experts_.visit(visitor);
  if (shared_) shared_->visit(visitor);
}

}  // namespace switchyard
