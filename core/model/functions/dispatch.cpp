#include "core/model/functions/dispatch.h"

#include <algorithm>
#include <numeric>

#include "core/config/cost.h"

namespace switchyard {
namespace {

// 0 .. size - 1, the largest key first. keys: fp32, on the CPU.
std::vector<std::int64_t> descending(const at::Tensor& keys) {
  const at::Tensor plain = keys.contiguous();
  const float* key = plain.data_ptr<float>();
  std::vector<std::int64_t> order(static_cast<std::size_t>(plain.numel()));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return key[a] > key[b]; });
  return order;
}

// What the assignments of a group of T tokens are ranked by, on the CPU.
struct RankedBy {
  at::Tensor weights, by_token;         // [T, k] [T]
  const std::int64_t* mixed = nullptr;  // [T k] a random order
};

// Assignments of a group in the order in which they may take a place.
std::vector<std::int64_t> priority(Overflow overflow, std::int64_t tokens, std::int64_t k, const RankedBy& ranks) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(tokens * k)), by_token(static_cast<std::size_t>(tokens));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::iota(by_token.begin(), by_token.end(), std::int64_t{0});
  switch (overflow) {
    case Overflow::dropless:
    case Overflow::drop_late_token: return order;
    case Overflow::drop_low:
      return descending(ranks.weights);
    case Overflow::drop_random:
      std::copy_n(ranks.mixed, order.size(), order.begin());
      return order;
    case Overflow::drop_bpr:
      by_token = descending(ranks.by_token);
      break;
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

std::vector<std::uint8_t> kept_assignments(const at::Tensor& chosen, std::int64_t experts,
                                           const CapacityRule& rule, const DispatchScores& scores) {
  const at::Tensor host = chosen.to(at::kCPU, at::kLong).contiguous();
  const std::int64_t* expert_of = host.data_ptr<std::int64_t>();
  const std::int64_t tokens = host.size(0), k = host.size(1);
  std::vector<std::uint8_t> kept(static_cast<std::size_t>(host.numel()), 1);
  if (rule.overflow == Overflow::dropless) return kept;
  const std::int64_t length = tokens / rule.groups,
                     capacity = expert_capacity(rule.capacity_factor, k, length, experts);
  const auto on_host = [](const at::Tensor& t) { return t.detach().to(at::kCPU, at::kFloat); };
  const at::Tensor weights = rule.overflow == Overflow::drop_low ? on_host(scores.weights) : at::Tensor();
  const at::Tensor by_token = rule.overflow == Overflow::drop_bpr
                                  ? on_host((scores.probs.defined() ? scores.probs : scores.weights).amax(-1))
                                  : at::Tensor();
  const at::Tensor mixed = rule.overflow == Overflow::drop_random ? scores.mixed.contiguous() : at::Tensor();
  const bool mixed_alike = mixed.defined() && mixed.numel() == length * k;
  for (std::int64_t begin = 0; begin < tokens; begin += length) {
    const auto own = [&](const at::Tensor& t) { return t.defined() ? t.narrow(0, begin, length) : t; };
    const RankedBy ranks{
        own(weights), own(by_token),
        mixed.defined() ? mixed.data_ptr<std::int64_t>() + (mixed_alike ? 0 : begin * k) : nullptr};
    std::vector<std::int64_t> taken(static_cast<std::size_t>(experts), 0);
    for (const std::int64_t own_a : priority(rule.overflow, length, k, ranks)) {
      const std::int64_t a = begin * k + own_a;
      if (std::int64_t& used = taken[expert_of[a]]; used < capacity) ++used;
      else kept[a] = 0;
    }
  }
  return kept;
}

c10::intrusive_ptr<DispatchPlan> build_dispatch(const at::Tensor& chosen, std::int64_t experts, const CapacityRule& rule,
                                                const DispatchScores& scores) {
  if (rule.overflow == Overflow::dropless) return dispatch_of_kept(chosen, experts, {});
  return dispatch_of_kept(chosen, experts, kept_assignments(chosen, experts, rule, scores));
}

c10::intrusive_ptr<DispatchPlan> dispatch_of_kept(const at::Tensor& chosen, std::int64_t experts,
                                                  std::span<const std::uint8_t> stays) {
  const at::Tensor host = chosen.to(at::kCPU, at::kLong).contiguous();
  const std::int64_t* expert_of = host.data_ptr<std::int64_t>();
  auto plan = c10::make_intrusive<DispatchPlan>();
  plan->tokens = host.size(0);
  const std::int64_t k = plan->top_k = host.size(1);
  plan->experts = experts;
  count_choices(*plan, host);

  std::vector<std::int64_t> kept = plan->counts;
  if (!stays.empty()) {
    for (std::size_t a = 0; a < stays.size(); ++a)
      if (!stays[a]) plan->row[a] = -1, --kept[expert_of[a]];
    for (std::int64_t t = 0; t < plan->tokens; ++t) {
      const auto* row = &plan->row[t * k];
      if (std::all_of(row, row + k, [](std::int32_t r) { return r < 0; })) ++plan->dropped_tokens;
    }
  }
  sort_by_expert(*plan, expert_of, kept);
  return plan;
}

c10::intrusive_ptr<DispatchPlan> part_of(const DispatchPlan& plan, std::int64_t first, std::int64_t count) {
  auto part = c10::make_intrusive<DispatchPlan>();
  part->tokens = plan.tokens;
  part->top_k = plan.top_k;
  part->experts = count;
  part->start = plan.start;
  const std::int64_t begin = plan.offset[first], end = plan.offset[first + count];
  for (std::int64_t e = first; e <= first + count; ++e) part->offset.push_back(plan.offset[e] - begin);
  part->counts.assign(plan.counts.begin() + first, plan.counts.begin() + first + count);
  part->token.assign(plan.token.begin() + begin, plan.token.begin() + end);
  part->assignment.assign(plan.assignment.begin() + begin, plan.assignment.begin() + end);
  part->row = plan.row;
  for (std::int32_t& row : part->row)
    row = row >= begin && row < end ? row - static_cast<std::int32_t>(begin) : -1;
  return part;
}

c10::intrusive_ptr<DispatchPlan> identity_dispatch(std::int64_t tokens, std::int64_t experts, std::int64_t slots) {
  auto plan = c10::make_intrusive<DispatchPlan>();
  plan->tokens = tokens;
  plan->top_k = 1;
  plan->experts = experts;
  for (std::int64_t e = 0; e <= experts; ++e) plan->offset.push_back(e * tokens / experts);
  plan->identity = true;
  plan->slots = slots;
  return plan;
}

std::vector<std::int64_t> DispatchPlan::places() const {
  if (!given_places.empty()) return given_places;
  std::vector<std::int64_t> places(static_cast<std::size_t>(rows()));
  if (!identity) {
    for (std::size_t r = 0; r < places.size(); ++r)
      places[r] = token[r] * stride() + assignment[r] - first(token[r]);
    return places;
  }
  if (experts == 1) {
    std::iota(places.begin(), places.end(), std::int64_t{0});
    return places;
  }
  for (std::int64_t e = 0; e < experts; ++e)
    for (std::int64_t r = offset[e]; r < offset[e + 1]; ++r)
      places[r] = ((r - offset[e]) / slots * experts + e) * slots + (r - offset[e]) % slots;
  return places;
}

}  // namespace switchyard
