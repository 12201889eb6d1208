#include "core/model/dispatch.h"

#include <algorithm>
#include <numeric>

#include "core/config/cost.h"

namespace switchyard {
namespace {

// 0 .. size - 1, the largest key first.
std::vector<std::int64_t> descending(const at::Tensor& keys) {
  const at::Tensor plain = keys.detach().to(at::kCPU, at::kFloat).contiguous();
  const float* key = plain.data_ptr<float>();
  std::vector<std::int64_t> order(static_cast<std::size_t>(plain.numel()));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return key[a] > key[b]; });
  return order;
}

// Assignments in the order in which they may take a place.
std::vector<std::int64_t> priority(Overflow overflow, std::int64_t tokens, std::int64_t k, const DispatchScores& scores) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(tokens * k)), by_token(static_cast<std::size_t>(tokens));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::iota(by_token.begin(), by_token.end(), std::int64_t{0});
  switch (overflow) {
    case Overflow::dropless:
    case Overflow::drop_late_token: return order;
    case Overflow::drop_low: return descending(scores.weights);
    case Overflow::drop_random: {
      const at::Tensor mixed = at::randperm(tokens * k, scores.random, at::kLong);
      std::copy_n(mixed.data_ptr<std::int64_t>(), order.size(), order.begin());
      return order;
    }
    case Overflow::drop_bpr: by_token = descending(scores.probs.defined() ? scores.probs.amax(-1) : scores.weights.amax(-1)); break;
    case Overflow::drop_late: break;
  }
  auto next = order.begin();
  for (std::int64_t j = 0; j < k; ++j)
    for (const std::int64_t t : by_token) *next++ = t * k + j;
  return order;
}

}  // namespace

namespace {

// Counting sort of the kept assignments by expert: row[a] says -1 or where it goes from here on. kept: how
// many each expert takes.
void sort_by_expert(DispatchPlan& plan, const std::int64_t* expert_of, const std::vector<std::int64_t>& kept) {
  plan.offset.assign(plan.experts + 1, 0);
  for (std::int64_t e = 0; e < plan.experts; ++e) plan.offset[e + 1] = plan.offset[e] + kept[e];
  std::vector<std::int64_t> next(plan.offset.begin(), plan.offset.end() - 1);
  plan.token.resize(plan.rows());
  plan.assignment.resize(plan.rows());
  for (std::int64_t t = 0; t < plan.tokens; ++t)
    for (std::int64_t a = plan.first(t); a < plan.first(t + 1); ++a) {
      if (plan.row[a] < 0) continue;
      const std::int64_t row = next[expert_of[a]]++;
      plan.row[a] = static_cast<std::int32_t>(row);
      plan.token[row] = static_cast<std::int32_t>(t);
      plan.assignment[row] = static_cast<std::int32_t>(a);
    }
}

void count_choices(DispatchPlan& plan, const at::Tensor& chosen) {
  const std::int64_t* expert_of = chosen.data_ptr<std::int64_t>();
  plan.counts.assign(plan.experts, 0);
  for (std::int64_t a = 0; a < chosen.numel(); ++a) ++plan.counts[expert_of[a]];
  // -1 dropped, 0 kept for now.
  plan.row.assign(chosen.numel(), 0);
}

}  // namespace

c10::intrusive_ptr<DispatchPlan> build_dispatch(const at::Tensor& chosen, std::vector<std::int64_t> start, std::int64_t experts) {
  const at::Tensor host = chosen.to(at::kCPU, at::kLong).contiguous();
  auto plan = c10::make_intrusive<DispatchPlan>();
  plan->tokens = static_cast<std::int64_t>(start.size()) - 1;
  plan->experts = experts;
  for (std::int64_t t = 0; t < plan->tokens; ++t) {
    const std::int64_t count = start[t + 1] - start[t];
    plan->top_k = std::max(plan->top_k, count);
    plan->dropped_tokens += count == 0;
  }
  plan->start = std::move(start);
  count_choices(*plan, host);
  sort_by_expert(*plan, host.data_ptr<std::int64_t>(), plan->counts);
  return plan;
}

c10::intrusive_ptr<DispatchPlan> build_dispatch(const at::Tensor& chosen, std::int64_t experts, const CapacityRule& rule,
                                                const DispatchScores& scores) {
  const at::Tensor host = chosen.to(at::kCPU, at::kLong).contiguous();
  const std::int64_t* expert_of = host.data_ptr<std::int64_t>();
  auto plan = c10::make_intrusive<DispatchPlan>();
  const std::int64_t tokens = plan->tokens = host.size(0);
  const std::int64_t k = plan->top_k = host.size(1);
  plan->experts = experts;
  count_choices(*plan, host);

  std::vector<std::int64_t> kept = plan->counts;
  if (rule.overflow != Overflow::dropless) {
    const std::int64_t capacity = expert_capacity(rule.capacity_factor, k, tokens, experts);
    std::vector<std::int64_t> taken(experts, 0);
    for (const std::int64_t a : priority(rule.overflow, tokens, k, scores))
      if (std::int64_t& used = taken[expert_of[a]]; used < capacity) ++used;
      else plan->row[a] = -1;
    kept = std::move(taken);
    for (std::int64_t t = 0; t < tokens; ++t) {
      const auto* row = &plan->row[t * k];
      if (std::all_of(row, row + k, [](std::int32_t r) { return r < 0; })) ++plan->dropped_tokens;
    }
  }
  sort_by_expert(*plan, expert_of, kept);
  return plan;
}

c10::intrusive_ptr<DispatchPlan> identity_dispatch(std::int64_t tokens, std::int64_t experts) {
  auto plan = c10::make_intrusive<DispatchPlan>();
  plan->tokens = tokens;
  plan->top_k = 1;
  plan->experts = experts;
  for (std::int64_t e = 0; e <= experts; ++e) plan->offset.push_back(e * tokens / experts);
  plan->identity = true;
  return plan;
}

}  // namespace switchyard
