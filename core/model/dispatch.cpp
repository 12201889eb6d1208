#include "core/model/dispatch.h"

#include <algorithm>
#include <cmath>

namespace switchyard {

std::int64_t expert_capacity(double capacity_factor, std::int64_t top_k, std::int64_t tokens, std::int64_t experts) {
  const double fair = capacity_factor * static_cast<double>(top_k) * static_cast<double>(tokens) / static_cast<double>(experts);
  const double room = std::min(std::ceil(fair - 1e-6), static_cast<double>(tokens));
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(room));
}

c10::intrusive_ptr<DispatchPlan> build_dispatch(const at::Tensor& chosen, std::int64_t experts, const CapacityRule& rule) {
  const at::Tensor host = chosen.to(at::kCPU, at::kLong).contiguous();
  const std::int64_t* expert_of = host.data_ptr<std::int64_t>();
  auto plan = c10::make_intrusive<DispatchPlan>();
  const std::int64_t tokens = plan->tokens = host.size(0);
  const std::int64_t k = plan->top_k = host.size(1);
  plan->experts = experts;
  plan->counts.assign(experts, 0);
  for (std::int64_t a = 0; a < tokens * k; ++a) ++plan->counts[expert_of[a]];

  // row[a]: -1 dropped, 0 kept for now; the row itself is set by the counting sort below.
  plan->row.assign(tokens * k, 0);
  std::vector<std::int64_t> kept = plan->counts;
  if (rule.overflow == Overflow::drop_late) {
    const std::int64_t capacity = expert_capacity(rule.capacity_factor, k, tokens, experts);
    std::vector<std::int64_t> taken(experts, 0);
    for (std::int64_t j = 0; j < k; ++j)
      for (std::int64_t t = 0; t < tokens; ++t)
        if (std::int64_t& used = taken[expert_of[t * k + j]]; used < capacity) ++used;
        else plan->row[t * k + j] = -1;
    kept = std::move(taken);
    for (std::int64_t t = 0; t < tokens; ++t) {
      const auto* row = &plan->row[t * k];
      if (std::all_of(row, row + k, [](std::int32_t r) { return r < 0; })) ++plan->dropped_tokens;
    }
  }

  plan->offset.assign(experts + 1, 0);
  for (std::int64_t e = 0; e < experts; ++e) plan->offset[e + 1] = plan->offset[e] + kept[e];
  std::vector<std::int64_t> next(plan->offset.begin(), plan->offset.end() - 1);
  plan->token.resize(plan->rows());
  plan->assignment.resize(plan->rows());
  for (std::int64_t a = 0; a < tokens * k; ++a) {
    if (plan->row[a] < 0) continue;
    const std::int64_t row = next[expert_of[a]]++;
    plan->row[a] = static_cast<std::int32_t>(row);
    plan->token[row] = static_cast<std::int32_t>(a / k);
    plan->assignment[row] = static_cast<std::int32_t>(a);
  }
  return plan;
}

c10::intrusive_ptr<DispatchPlan> identity_dispatch(std::int64_t tokens) {
  auto plan = c10::make_intrusive<DispatchPlan>();
  plan->tokens = tokens;
  plan->top_k = plan->experts = 1;
  plan->offset = {0, tokens};
  plan->counts = {tokens};
  plan->identity = true;
  return plan;
}

}  // namespace switchyard
