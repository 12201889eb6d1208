#include "core/model/layers/soft_mixing.h"

#include <cmath>

#include "core/model/layers/spread_experts.h"

namespace switchyard {
namespace {

at::Tensor unit(const at::Tensor& x) { return x / (x.square().sum(-1, true) + 1e-12).sqrt(); }

// runs [N x each, d], `each` slots an expert.
at::Tensor computed(const at::Tensor& runs, std::int64_t slots, const Experts& experts,
                    const RoutingContext& context, const ExpertPass& pass) {
  if (!context.expert_ranks) return experts.forward_dense(runs, pass, slots);
  if (!context.training) return runs_in_parts(runs, experts, pass, slots, *context.expert_ranks);
  const c10::intrusive_ptr<DispatchPlan> plan = identity_dispatch(runs.size(0), experts.all(), slots);
  std::vector<std::int64_t> places;
  if (pass.dropout > 0) {
    places = plan->places();
    for (std::int64_t& place : places) place += pass.draws.first;
  }
  return rows_elsewhere(runs, plan->offset, places, experts, pass, *context.expert_ranks);
}

}  // namespace

SoftMixing::SoftMixing(std::int64_t experts, std::int64_t slots, std::int64_t width, const std::string& prefix,
                       const Initializer& init) {
  slots_.name = prefix + "slots.weight";
  slots_.value = init.normal({experts, slots, width}, 1.0 / std::sqrt(static_cast<double>(width)));
  slots_.per_expert = slots_.decays = true;
  scale_.name = prefix + "slots.scale";
  scale_.value = init.constant({1}, 1.0);
}

SoftMixing::Mixed SoftMixing::forward(const at::Tensor& x, const Experts& experts, const RoutingContext& context,
                                      const ExpertPass& pass) const {
  const std::int64_t n = slots_.value.size(0), p = slots_.value.size(1), d = x.size(1), groups = context.sequences;
  const at::Tensor tokens = x.view({groups, -1, d});
  const std::int64_t length = tokens.size(1);
  const at::Tensor logits = at::matmul(unit(tokens), unit(slots_.value).view({n * p, d}).t() * scale_.value);  // [G, S, N p]
  const at::Tensor dispatch = at::softmax(logits, 1), combine = at::softmax(logits, 2);

  // Slots [G, N p, d] go to the experts as N runs of rows, [N, G p, d].
  const at::Tensor slots = at::bmm(dispatch.transpose(1, 2), tokens);
  const at::Tensor runs = slots.view({groups, n, p, d}).transpose(0, 1).reshape({n * groups * p, d});
  ExpertPass of_slots = pass;
  of_slots.draws.first = pass.draws.first / length * n * p;
  const at::Tensor made = computed(runs, p, experts, context, of_slots).view({n, groups, p, d}).transpose(0, 1);

  Mixed mixed;
  mixed.y = at::bmm(combine, made.reshape({groups, n * p, d})).reshape({groups * length, d});
  at::NoGradGuard no_grad;
  Routing& routing = mixed.routing;
  routing.logits = logits.detach().reshape({groups * length, n * p});
  routing.probs = combine.detach().view({groups * length, n, p}).sum(-1);
  routing.experts = select_top_k(routing.probs, context.top_k);
  routing.weights = routing.probs.gather(-1, routing.experts);
  return mixed;
}

void SoftMixing::visit(const ParameterVisitor& visitor) {
  visitor(slots_);
  visitor(scale_);
}

}  // namespace switchyard
