#include "core/model/layers/spread_experts.h"

#include <numeric>

#include "core/model/ranks/rank_functions.h"

namespace switchyard {
namespace {

at::Tensor index_of(const std::vector<std::int32_t>& from) {
  return at::from_blob(const_cast<std::int32_t*>(from.data()), {static_cast<std::int64_t>(from.size())}, at::kInt)
      .to(at::kLong);
}

at::Tensor tensor_of(std::vector<std::int64_t> numbers) { return torch::tensor(numbers, at::kLong); }

// Who sends how many rows to whom.
struct Trip {
  std::vector<std::int64_t> sent, received;          // by rank
  std::vector<std::vector<std::int64_t>> by_expert;  // [ranks][experts here] received from each
};

// `counts` [N]: how many rows this rank has for each expert. Collective.
Trip trip_of(const std::vector<std::int64_t>& counts, const Experts& experts, RankGroup& ranks) {
  const std::int64_t all = experts.all(), size = ranks.size();
  const ExpertRange here = experts.here();
  const at::Tensor of_ranks = ranks.gathered(tensor_of(counts)).cpu();  // [ranks, N]
  Trip trip;
  for (std::int64_t r = 0; r < size; ++r) {
    const ExpertRange there = experts_of(all, r, size);
    const auto first = counts.begin() + there.first;
    trip.sent.push_back(std::accumulate(first, first + there.count, std::int64_t{0}));
    const std::int64_t* from = of_ranks.data_ptr<std::int64_t>() + r * all + here.first;
    trip.by_expert.emplace_back(from, from + here.count);
    trip.received.push_back(std::accumulate(from, from + here.count, std::int64_t{0}));
  }
  ranks.note_rows(trip.sent);
  return trip;
}

// Which expert, from 0 here, each row from ranks first to last - 1 is for, in the order they come.
void append_experts(std::vector<std::int64_t>& chosen, const Trip& trip, std::size_t first, std::size_t last) {
  for (std::size_t r = first; r < last; ++r)
    for (std::size_t e = 0; e < trip.by_expert[r].size(); ++e)
      chosen.insert(chosen.end(), static_cast<std::size_t>(trip.by_expert[r][e]), static_cast<std::int64_t>(e));
}

std::vector<std::int64_t> counts_of(const std::vector<std::int64_t>& offset) {
  std::vector<std::int64_t> counts;
  for (std::size_t e = 0; e + 1 < offset.size(); ++e) counts.push_back(offset[e + 1] - offset[e]);
  return counts;
}

std::vector<std::int64_t> numbers_of(const at::Tensor& tensor) {
  const at::Tensor host = tensor.cpu();
  const std::int64_t* values = host.data_ptr<std::int64_t>();
  return {values, values + host.numel()};
}

// Rows of a plan whose experts are held elsewhere.
struct Travellers {
  std::vector<std::int32_t> token, assignment;
};

Travellers travellers_of(const DispatchPlan& plan, const ExpertRange& here) {
  const std::int64_t begin = plan.offset[here.first], end = plan.offset[here.first + here.count];
  Travellers out;
  for (std::int64_t row = 0; row < plan.rows(); ++row) {
    if (row >= begin && row < end) continue;
    out.token.push_back(plan.token[row]);
    out.assignment.push_back(plan.assignment[row]);
  }
  return out;
}

// One pass of the experts held here: rows of lower ranks as tokens of one choice each, this rank's tokens with
// those of their choices that need not travel, rows of higher ranks. So an expert has its rows in the order of the
// batch.
struct PassHere {
  c10::intrusive_ptr<DispatchPlan> plan;
  std::int64_t before = 0;                   // rows of lower ranks
  std::vector<std::int64_t> own_assignment;  // of the plan at home, those that do not travel, by token
};

PassHere pass_here(const DispatchPlan& home, const ExpertRange& here, const Trip& trip, std::size_t own) {
  PassHere pass;
  std::vector<std::int64_t> chosen, start{0};
  const auto each_its_own = [&] {
    while (start.back() < static_cast<std::int64_t>(chosen.size())) start.push_back(start.back() + 1);
  };
  append_experts(chosen, trip, 0, own);
  each_its_own();
  pass.before = start.back();
  std::vector<std::int64_t> expert_of(static_cast<std::size_t>(home.assignments()), -1);
  for (std::int64_t e = 0; e < here.count; ++e)
    for (std::int64_t row = home.offset[here.first + e]; row < home.offset[here.first + e + 1]; ++row)
      expert_of[static_cast<std::size_t>(home.assignment[row])] = e;
  for (std::int64_t t = 0; t < home.tokens; ++t) {
    for (std::int64_t a = home.first(t); a < home.first(t + 1); ++a) {
      const std::int64_t e = expert_of[static_cast<std::size_t>(a)];
      if (e < 0) continue;
      chosen.push_back(e);
      pass.own_assignment.push_back(a);
    }
    start.push_back(static_cast<std::int64_t>(chosen.size()));
  }
  append_experts(chosen, trip, own + 1, trip.by_expert.size());
  each_its_own();
  pass.plan = build_dispatch(tensor_of(chosen), std::move(start), here.count);
  return pass;
}

// What dropout goes by: each row's place in the step, told by the rank it is from. `first`: place of this rank's
// first token. Collective.
void give_places(const PassHere& here, const DispatchPlan& home, std::int64_t first, const Travellers& sent,
                 const Trip& trip, RankGroup& ranks) {
  std::vector<std::int64_t> of_assignment(static_cast<std::size_t>(home.assignments())), sent_places, own_places;
  const std::vector<std::int64_t> places = home.places();
  for (std::int64_t row = 0; row < home.rows(); ++row)
    of_assignment[static_cast<std::size_t>(home.assignment[row])] = places[row] + first * home.stride();
  for (const std::int64_t a : here.own_assignment)
    own_places.push_back(of_assignment[static_cast<std::size_t>(a)]);
  for (const std::int32_t a : sent.assignment) sent_places.push_back(of_assignment[static_cast<std::size_t>(a)]);
  // Of the assignments of the pass here, in their order.
  std::vector<std::int64_t> in_order =
      numbers_of(ranks.exchanged(tensor_of(sent_places), trip.sent, trip.received));
  in_order.insert(in_order.begin() + here.before, own_places.begin(), own_places.end());
  for (const std::int32_t a : here.plan->assignment)
    here.plan->given_places.push_back(in_order[static_cast<std::size_t>(a)]);
}

}  // namespace

at::Tensor rows_elsewhere(const at::Tensor& rows, const std::vector<std::int64_t>& offset,
                          const std::vector<std::int64_t>& places, const Experts& experts, const ExpertPass& asked,
                          RankGroup& ranks) {
  const Trip trip = trip_of(counts_of(offset), experts, ranks);
  const at::Tensor arrived = exchanged(rows, trip.sent, trip.received, ranks);
  // What arrived is tokens of one choice each: sorted by expert, those of one expert in the order of ranks, so of
  // the batch.
  std::vector<std::int64_t> chosen;
  append_experts(chosen, trip, 0, trip.by_expert.size());
  const c10::intrusive_ptr<DispatchPlan> plan =
      build_dispatch(tensor_of(chosen).view({-1, 1}), experts.here().count, {});
  ExpertPass pass = asked;
  if (pass.dropout > 0) {
    const std::vector<std::int64_t> theirs =
        numbers_of(ranks.exchanged(tensor_of(places), trip.sent, trip.received));
    for (const std::int32_t row : plan->token) plan->given_places.push_back(theirs[static_cast<std::size_t>(row)]);
    pass.draws.first = 0;
  }
  const at::Tensor made =
      experts.forward(arrived, at::ones({arrived.size(0), 1}, arrived.options().requires_grad(false)), plan, pass);
  return exchanged(made, trip.received, trip.sent, ranks);
}

at::Tensor experts_elsewhere(const at::Tensor& x, const at::Tensor& weights,
                             const c10::intrusive_ptr<DispatchPlan>& plan, const Experts& experts,
                             const ExpertPass& asked, RankGroup& ranks) {
  Trip trip = trip_of(counts_of(plan->offset), experts, ranks);
  const auto own = static_cast<std::size_t>(ranks.rank());
  trip.sent[own] = trip.received[own] = 0;
  const Travellers sent = travellers_of(*plan, experts.here());
  const at::Tensor token = index_of(sent.token).to(x.device());
  const at::Tensor arrived = exchanged(x.index_select(0, token), trip.sent, trip.received, ranks);
  const PassHere here = pass_here(*plan, experts.here(), trip, own);
  ExpertPass pass = asked;
  if (pass.dropout > 0) {
    give_places(here, *plan, pass.draws.first, sent, trip, ranks);
    pass.draws.first = 0;
  }
  const at::Tensor flat = weights.reshape({-1});
  const std::int64_t before = here.before, behind = arrived.size(0) - before, tokens = x.size(0);
  const auto whole = [&](std::int64_t rows) { return at::ones({rows}, flat.options().requires_grad(false)); };
  const at::Tensor own_weights = flat.index_select(0, tensor_of(here.own_assignment).to(flat.device()));
  const at::Tensor made =
      experts.forward(at::cat({arrived.narrow(0, 0, before), x, arrived.narrow(0, before, behind)}),
                      at::cat({whole(before), own_weights, whole(behind)}), here.plan, pass);
  const at::Tensor back = exchanged(at::cat({made.narrow(0, 0, before), made.narrow(0, before + tokens, behind)}),
                                    trip.received, trip.sent, ranks);
  const at::Tensor weight = flat.index_select(0, index_of(sent.assignment).to(flat.device()));
  return made.narrow(0, before, tokens).index_add(0, token, back * weight.unsqueeze(1));
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
