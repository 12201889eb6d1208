#include "core/model/moe_layer.h"

#include "core/model/top_k_router.h"

namespace switchyard {

MoeLayer::MoeLayer(const Config& config, std::int64_t block, const std::string& prefix,
                   const Initializer& init)
    : block_(block),
      router_(std::make_unique<TopKRouter>(config.experts, config.d_model, prefix, init)),
      experts_(config.experts, config.d_model, config.d_ff, config.expert, prefix + "experts.{}.", init) {}

at::Tensor MoeLayer::forward(const at::Tensor& x, const RoutingContext& context, const CapacityRule& rule,
                             at::ScalarType compute, std::vector<MoeTrace>& trace) const {
  MoeTrace seen;
  seen.block = block_;
  seen.router_input = x;
  seen.routing = router_->route(x, context);
  seen.plan = build_dispatch(seen.routing.experts, seen.routing.logits.size(1), rule);
  at::Tensor y = experts_.forward(x, seen.routing.weights, seen.plan, compute);
  trace.push_back(std::move(seen));
  return y;
}

void MoeLayer::visit(const ParameterVisitor& visitor) {
  router_->visit(visitor);
  experts_.visit(visitor);
}

}  // namespace switchyard
