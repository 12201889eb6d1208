#include "core/model/layers/spread_experts.h"

#include "core/model/ranks/rank_functions.h"

namespace switchyard {
namespace {

at::Tensor index_of(const std::vector<std::int32_t>& from) {
  return at::from_blob(const_cast<std::int32_t*>(from.data()), {static_cast<std::int64_t>(from.size())}, at::kInt)
      .to(at::kLong);
}

at::Tensor tensor_of(std::vector<std::int64_t> numbers) { return torch::tensor(numbers, at::kLong); }

}  // namespace

at::Tensor rows_elsewhere(const at::Tensor& rows, const std::vector<std::int64_t>& offset,
                          const std::vector<std::int64_t>& places, const Experts& experts, const ExpertPass& asked,
                          RankGroup& ranks) {
  const std::int64_t all = experts.all(), size = ranks.size();
  const ExpertRange here = experts.here();
  std::vector<std::int64_t> counts(static_cast<std::size_t>(all));
  for (std::int64_t e = 0; e < all; ++e) counts[e] = offset[e + 1] - offset[e];
  const at::Tensor of_ranks = ranks.gathered(tensor_of(counts)).cpu();  // [ranks, N]
  const std::int64_t* count = of_ranks.data_ptr<std::int64_t>();

  std::vector<std::int64_t> sent, received, chosen;
  for (std::int64_t r = 0; r < size; ++r) {
    const ExpertRange there = experts_of(all, r, size);
    sent.push_back(offset[there.first + there.count] - offset[there.first]);
    std::int64_t from = 0;
    for (std::int64_t e = 0; e < here.count; ++e) {
      const std::int64_t n = count[r * all + here.first + e];
      chosen.insert(chosen.end(), static_cast<std::size_t>(n), e);
      from += n;
    }
    received.push_back(from);
  }
  ranks.note_rows(sent);
  const at::Tensor arrived = exchanged(rows, sent, received, ranks);
  // What arrived is tokens of one choice each: sorted by expert, those of one expert in the order of ranks, so of
  // the batch.
  const c10::intrusive_ptr<DispatchPlan> plan = build_dispatch(tensor_of(chosen).view({-1, 1}), here.count, {});
  ExpertPass pass = asked;
  if (pass.dropout > 0) {
    const at::Tensor their_places = ranks.exchanged(tensor_of(places), sent, received).cpu();
    for (const std::int32_t row : plan->token)
      plan->given_places.push_back(their_places.data_ptr<std::int64_t>()[row]);
    pass.draws.first = 0;
  }
  const at::Tensor made =
      experts.forward(arrived, at::ones({arrived.size(0), 1}, arrived.options().requires_grad(false)), plan, pass);
  return exchanged(made, received, sent, ranks);
}

at::Tensor experts_elsewhere(const at::Tensor& x, const at::Tensor& weights,
                             const c10::intrusive_ptr<DispatchPlan>& plan, const Experts& experts,
                             const ExpertPass& pass, RankGroup& ranks) {
  const at::Tensor token = index_of(plan->token).to(x.device()),
                   assignment = index_of(plan->assignment).to(x.device());
  std::vector<std::int64_t> places;
  if (pass.dropout > 0) {
    places = plan->places();
    for (std::int64_t& place : places) place += pass.draws.first * plan->stride();
  }
  const at::Tensor made = rows_elsewhere(x.index_select(0, token), plan->offset, places, experts, pass, ranks);
  const at::Tensor weighted = made * weights.reshape({-1}).index_select(0, assignment).unsqueeze(1);
  return at::zeros_like(x).index_add(0, token, weighted);
}

at::Tensor experts_in_parts(const at::Tensor& x, const at::Tensor& weights, const DispatchPlan& plan,
                            const Experts& experts, const ExpertPass& pass, RankGroup& ranks) {
  const ExpertRange here = experts.here();
  const at::Tensor part = experts.forward(shared_out(x, ranks), shared_out(weights, ranks),
                                          part_of(plan, here.first, here.count), pass);
  return put_together(part, ranks);
}

at::Tensor runs_in_parts(const at::Tensor& rows, const Experts& experts, const ExpertPass& pass,
                         std::int64_t slots, RankGroup& ranks) {
  const ExpertRange here = experts.here();
  const std::int64_t each = rows.size(0) / experts.all(), before = here.first * each, own = here.count * each;
  const at::Tensor made = experts.forward_dense(shared_out(rows, ranks).narrow(0, before, own), pass, slots);
  const auto none = [&](std::int64_t count) { return at::zeros({count, rows.size(1)}, made.options()); };
  return put_together(at::cat({none(before), made, none(rows.size(0) - before - own)}), ranks);
}

void agree_on(GateScores& scores, RankGroup& ranks) {
  at::NoGradGuard no_grad;
  // Values alone change: what they were computed from is the same everywhere.
  ranks.broadcast(scores.clean.detach(), 0);
  if (!scores.noisy.is_same(scores.clean)) ranks.broadcast(scores.noisy.detach(), 0);
}

}  // namespace switchyard
