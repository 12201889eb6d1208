#include "core/model/layers/moe_layer.h"

#include <algorithm>

#include "core/model/layers/capacity.h"
#include "core/model/layers/contributions.h"
#include "core/model/layers/spread_experts.h"

namespace switchyard {

std::vector<double> expert_loads(const MoeTrace& layer) {
  const std::vector<std::int64_t>& counts = layer.plan->counts;
  if (layer.soft) {
    const at::Tensor mass = layer.routing.probs.sum(0, false, at::kDouble).cpu();
    return {mass.data_ptr<double>(), mass.data_ptr<double>() + mass.numel()};
  }
  return {counts.begin(), counts.end()};
}

Choices choices_of(const MoeTrace& layer) {
  at::NoGradGuard no_grad;
  const Routing& routing = layer.routing;
  const DispatchPlan& plan = *layer.plan;
  Choices choices;
  if (routing.start.empty()) {
    choices.experts = routing.experts.to(at::kCPU).contiguous();
    choices.weights = routing.weights.detach().to(at::kCPU, at::kFloat).contiguous();
    choices.width = choices.experts.size(1);
    for (const std::int32_t row : plan.row) choices.kept.push_back(row >= 0 ? 1 : 0);
    return choices;
  }
  const std::int64_t width = choices.width = std::max<std::int64_t>(1, plan.top_k);
  choices.experts = select_top_k(routing.probs, plan.experts).cpu();
  choices.weights = at::zeros({plan.tokens, width}, at::kFloat);
  choices.kept.assign(static_cast<std::size_t>(plan.tokens * width), 0);
  const at::Tensor chosen = routing.experts.cpu(), weights = routing.weights.detach().to(at::kCPU, at::kFloat).contiguous();
  for (std::int64_t t = 0; t < plan.tokens; ++t) {
    std::int64_t* row = choices.experts.data_ptr<std::int64_t>() + t * plan.experts;
    for (std::int64_t a = plan.first(t), j = 0; a < plan.first(t + 1); ++a, ++j) {
      // To the front, the others keep their order.
      std::int64_t* found = std::find(row + j, row + plan.experts, chosen.data_ptr<std::int64_t>()[a]);
      std::rotate(row + j, found, found + 1);
      choices.weights.data_ptr<float>()[t * width + j] = weights.data_ptr<float>()[a];
      choices.kept[static_cast<std::size_t>(t * width + j)] = 1;
    }
  }
  choices.experts = choices.experts.narrow(1, 0, width).contiguous();
  return choices;
}

MoeLayer::MoeLayer(const Config& config, std::int64_t block, const std::string& prefix, const Initializer& init,
                   std::shared_ptr<LinearGate> gate)
    : block_(block),
      owns_gate_(!gate),
      gate_(std::move(gate)),
      experts_(config.experts, config.d_model, config.d_ff, config.expert, prefix + "experts.{}.", init, config.expert_bias) {
  if (config.gate == Gate::soft) {
    soft_.emplace(config.experts, config.slots, config.d_model, prefix, init);
  } else if (!gate_) {
    gate_ = std::make_shared<LinearGate>(config, prefix, init);
    gate_->belongs_to(block);
  }
  if (config.shared_experts > 0)
    shared_.emplace(1, config.d_model, config.d_ff * config.shared_experts, config.expert, prefix + "shared_experts.", init,
                    config.expert_bias);
  const auto assign = [&](Parameter::Part part) {
    return [=](Parameter& parameter) {
      parameter.part = part;
      parameter.block = block;
    };
  };
  if (soft_) soft_->visit(assign(Parameter::Part::router));
  experts_.visit(assign(Parameter::Part::experts));
}

at::Tensor MoeLayer::forward(const at::Tensor& x, const RoutingContext& asked, const CapacityRule& asked_rule,
                             const ExpertPass& asked_pass, std::vector<MoeTrace>& trace) const {
  RoutingContext context = asked;
  CapacityRule rule = asked_rule;
  ExpertPass pass = asked_pass;
  context.draws.layer = pass.draws.layer = block_;
  context.edit = nullptr;
  if (context.edits && !soft_ && block_ < static_cast<std::int64_t>(context.edits->size())) {
    context.edit = &(*context.edits)[static_cast<std::size_t>(block_)];
    if (context.edit->gate) context.gate = *context.edit->gate;
    if (context.edit->forced.defined()) context.forced = context.edit->forced;
  }
  // In evaluation its neighbours in the pass do not decide what becomes of a sequence.
  rule.groups = context.training ? context.shards : context.sequences;
  MoeTrace seen;
  seen.block = block_;
  seen.router_input = x;
  at::Tensor y;
  if (soft_) {
    SoftMixing::Mixed mixed = soft_->forward(x, experts_, context, pass);
    y = std::move(mixed.y);
    seen.soft = true;
    seen.routing = std::move(mixed.routing);
    seen.plan = build_dispatch(seen.routing.experts, seen.routing.probs.size(1), {});
  } else {
    seen.gate = gate_->rows();
    seen.scores = gate_->score(x, context);
    if (context.expert_ranks && !context.training) agree_on(seen.scores, *context.expert_ranks);
    seen.routing = route(seen.scores, context);
    if (const at::Tensor banned = context.banned(); banned.defined() && banned.dim() == 1) seen.banned = banned;
    seen.plan = dispatch_within_capacity(seen.routing, experts_.all(), context, rule);
    if (context.edit && context.edit->changes_output()) {
      const Contributions left = contributions_under(*context.edit, seen.routing, seen.plan);
      y = computed(x, left.weights, left.plan, context, pass);
    } else {
      y = computed(x, seen.routing.weights, seen.plan, context, pass);
    }
    if (context.norms) seen.norms = norms_of(x, seen, context, pass);
  }
  if (shared_) y = y + shared_->forward_dense(x, pass);
  trace.push_back(std::move(seen));
  return y;
}

at::Tensor MoeLayer::norms_of(const at::Tensor& x, const MoeTrace& seen, const RoutingContext& context,
                              const ExpertPass& pass) const {
  at::NoGradGuard no_grad;
  // Every assignment as a token of its own, dropped ones too.
  const at::Tensor chosen = seen.routing.experts.flatten();
  std::vector<std::int64_t> token;
  for (std::int64_t t = 0; t < seen.plan->tokens; ++t)
    token.insert(token.end(), static_cast<std::size_t>(seen.plan->first(t + 1) - seen.plan->first(t)), t);
  const at::Tensor rows = x.index_select(0, torch::tensor(token, at::kLong).to(x.device()));
  const at::Tensor ones = at::ones({chosen.numel(), 1}, x.options().dtype(at::kFloat).requires_grad(false));
  return computed(rows, ones, build_dispatch(chosen.view({-1, 1}), seen.plan->experts, {}), context, pass)
      .norm(2, -1);
}

at::Tensor MoeLayer::computed(const at::Tensor& x, const at::Tensor& weights,
                              const c10::intrusive_ptr<DispatchPlan>& plan, const RoutingContext& context,
                              const ExpertPass& pass) const {
  if (!context.expert_ranks) return experts_.forward(x, weights, plan, pass);
  if (context.training) return experts_elsewhere(x, weights, plan, experts_, pass, *context.expert_ranks);
  return experts_in_parts(x, weights, *plan, experts_, pass, *context.expert_ranks);
}

void MoeLayer::visit(const ParameterVisitor& visitor) {
  if (gate_ && owns_gate_) gate_->visit(visitor);
  if (soft_) soft_->visit(visitor);
  experts_.visit(visitor);
  if (shared_) shared_->visit(visitor);
}

}  // namespace switchyard
