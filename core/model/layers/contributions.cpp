#include "core/model/layers/contributions.h"

#include <algorithm>

namespace switchyard {
namespace {

at::Tensor silenced_weights(const LayerEdit& edit, const Routing& routing) {
  at::Tensor weights = routing.weights;
  const auto silence = [&](const at::Tensor& which) {
    weights = weights * which.logical_not().to(weights.scalar_type()).view_as(weights);
  };
  if (edit.silenced.defined()) silence(edit.silenced.index_select(0, routing.experts.flatten()));
  if (edit.silenced_choices.defined()) silence(edit.silenced_choices);
  return weights;
}

// [A] who computes each assignment, on the CPU.
at::Tensor computing_experts(const LayerEdit& edit, const Routing& routing) {
  at::Tensor experts = routing.experts.flatten();
  if (edit.stand_in.defined()) experts = edit.stand_in.index_select(0, experts);
  if (edit.stand_in_choices.defined())
    experts = at::where(edit.stand_in_choices.lt(0), experts, edit.stand_in_choices);
  return experts.to(at::kCPU).contiguous();
}

// Assignments to whoever stands in; two of one token to one expert would be added by two threads at once, and are
// one.
Contributions with_stand_ins(const at::Tensor& mapped, const at::Tensor& weights, const DispatchPlan& plan) {
  const std::int64_t* expert_of = mapped.data_ptr<std::int64_t>();
  std::vector<std::int64_t> chosen, start{0}, from, into;
  for (std::int64_t t = 0; t < plan.tokens; ++t) {
    const auto own = static_cast<std::ptrdiff_t>(chosen.size());
    for (std::int64_t a = plan.first(t); a < plan.first(t + 1); ++a) {
      if (plan.row[static_cast<std::size_t>(a)] < 0) continue;
      auto same = std::find(chosen.begin() + own, chosen.end(), expert_of[a]);
      from.push_back(a);
      into.push_back(same - chosen.begin());
      if (same == chosen.end()) chosen.push_back(expert_of[a]);
    }
    start.push_back(static_cast<std::int64_t>(chosen.size()));
  }
  const auto index = [&](const std::vector<std::int64_t>& of) {
    return torch::tensor(of, at::kLong).to(weights.device());
  };
  const auto count = static_cast<std::int64_t>(chosen.size());
  return {at::zeros({count}, weights.options().requires_grad(false))
              .index_add(0, index(into), weights.reshape({-1}).index_select(0, index(from))),
          build_dispatch(torch::tensor(chosen, at::kLong), std::move(start), plan.experts)};
}

}  // namespace

Contributions contributions_under(const LayerEdit& edit, const Routing& routing,
                                  const c10::intrusive_ptr<DispatchPlan>& plan) {
  const at::Tensor weights = silenced_weights(edit, routing);
  if (edit.stands_in()) return with_stand_ins(computing_experts(edit, routing), weights, *plan);
  return {weights, plan};
}

}  // namespace switchyard
