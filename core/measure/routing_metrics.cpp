#include "core/measure/routing_metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/load_balance.h"

namespace switchyard {

namespace {

double sum_of(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

// What follows from loads and mean probabilities P; `scope_loads`: those the Switch loss takes its f from.
void fill_balance(PerAuxLoss<double>& losses, const std::vector<double>& loads,
                  const std::vector<double>& scope_loads, const std::vector<double>& mean_prob,
                  BalanceScope scope) {
  const double n = static_cast<double>(loads.size()), total = sum_of(loads), scope_total = sum_of(scope_loads);
  double balance = 0, prob_error = 0, load_error = 0;
  for (std::size_t e = 0; e < loads.size(); ++e) {
    balance += n * scope_loads[e] / scope_total * mean_prob[e];
    prob_error += (mean_prob[e] - 1 / n) * (mean_prob[e] - 1 / n) / n;
    load_error += (loads[e] / total - 1 / n) * (loads[e] / total - 1 / n);
  }
  if (scope != BalanceScope::sequence) losses[AuxLoss::switch_balance] = balance;
  losses[AuxLoss::importance] = n * n * prob_error;
  losses[AuxLoss::mse_prob] = prob_error;
  losses[AuxLoss::mse_load] = load_error;
}

}  // namespace

namespace {

bool tokens_choose_by_p(const MoeTrace& seen) {
  return seen.routing.probs.defined() && seen.routing.start.empty() && !seen.soft;
}

// Sums of p over the tokens of each shard, [shards, N] fp64.
at::Tensor shard_probs(const MoeTrace& seen, std::int64_t shards) {
  const at::Tensor& probs = seen.routing.probs;
  return probs.view({shards, -1, probs.size(1)}).sum(1, false, at::kDouble);
}

}  // namespace

void RoutingMeter::add(const std::vector<MoeTrace>& trace, const std::vector<PerAuxLoss<double>>& losses,
                       const MeteredBatch& batch) {
  at::NoGradGuard no_grad;
  sums_.resize(trace.size());
  // Of every layer sum p and the entropy behind it, read in one go: each read would wait for the device.
  std::vector<at::Tensor> read;
  for (const MoeTrace& seen : trace) {
    if (!seen.routing.probs.defined()) continue;
    read.push_back(shard_probs(seen, tokens_choose_by_p(seen) ? batch.shards : 1).flatten());
    read.push_back(at::special_entr(seen.routing.probs).sum().to(at::kDouble).view({1}));
  }
  const at::Tensor figures = read.empty() ? at::Tensor() : at::cat(read).cpu();
  // A shard's own, which other ranks may have their tokens of.
  ShardFigures asked;
  if (!batch.figures) asked = shard_figures(trace, batch.shards, batch.shard_ranks, false);
  const ShardFigures& of_shards = batch.figures ? *batch.figures : asked;
  const std::int64_t shard_ranks = batch.shard_ranks ? batch.shard_ranks->size() : 1;
  std::int64_t next = 0;
  for (std::size_t l = 0; l < trace.size(); ++l) {
    const MoeTrace& seen = trace[l];
    Sum& sum = sums_[l];
    const DispatchPlan& plan = *seen.plan;
    const auto n = static_cast<std::size_t>(plan.experts);
    sum.counts.resize(n);
    sum.prob.resize(n);
    sum.block = static_cast<std::int32_t>(seen.block);
    sum.tokens += plan.tokens;
    sum.assignments += plan.assignments();
    sum.kept += plan.rows();
    sum.dropped_tokens += plan.dropped_tokens;
    const std::vector<double> loads = expert_loads(seen);
    for (std::size_t e = 0; e < n; ++e) sum.counts[e] += loads[e];
    PerAuxLoss<double> own = losses[l];
    if (!seen.routing.probs.defined()) {
      std::fill(sum.prob.begin(), sum.prob.end(), kMissing);
      sum.entropy = kMissing;
    } else {
      const bool balances = tokens_choose_by_p(seen);
      const std::int64_t shards = balances ? batch.shards : 1;
      const double* here = figures.data_ptr<double>() + next;
      const double* shard = balances && batch.shard_ranks ? of_shards.prob_sums[l].data_ptr<double>() : here;
      next += shards * plan.experts + 1;
      for (std::size_t i = 0; i < n * static_cast<std::size_t>(shards); ++i) sum.prob[i % n] += here[i];
      sum.entropy += here[shards * plan.experts];
      const bool banned = seen.banned.defined();
      sum.balances_whole = balances && !banned && batch.scope == BalanceScope::global_exact;
      // Where some are banned the losses are over the others, and `losses` has them.
      if (balances && !banned) {
        const at::Tensor& counts = of_shards.counts[l];
        std::vector<double> scope_loads = sum.counts;
        if (batch.step_counts) scope_loads.assign((*batch.step_counts)[l].begin(), (*batch.step_counts)[l].end());
        PerAuxLoss<double> mean = PerAuxLoss<double>::filled(0);
        for (std::int64_t s = 0; s < shards; ++s, shard += n) {
          const double* count = counts.data_ptr<double>() + s * plan.experts;
          const std::vector<double> shard_loads(count, count + n);
          std::vector<double> mean_prob(shard, shard + n);
          for (double& p : mean_prob) p /= static_cast<double>(plan.tokens / shards * shard_ranks);
          PerAuxLoss<double> one = own;
          fill_balance(one, shard_loads, is_global(batch.scope) ? scope_loads : shard_loads, mean_prob,
                       batch.scope);
          for (const AuxLoss loss : kAuxLosses) mean[loss] += one[loss] / static_cast<double>(shards);
        }
        own = mean;
      }
    }
    for (const AuxLoss loss : kAuxLosses) sum.aux[loss] += own[loss] * static_cast<double>(plan.tokens);
  }
}

template <class Visit>
void RoutingMeter::each_sum(const Visit& visit) {
  for (Sum& sum : sums_) {
    for (std::int64_t* count : {&sum.tokens, &sum.assignments, &sum.kept, &sum.dropped_tokens}) {
      double number = static_cast<double>(*count);
      visit(number);
      *count = static_cast<std::int64_t>(number);
    }
    for (double& number : sum.counts) visit(number);
    for (double& number : sum.prob) visit(number);
    visit(sum.entropy);
    for (const AuxLoss loss : kAuxLosses) visit(sum.aux[loss]);
  }
}

// What does not exist is so on all ranks.
void RoutingMeter::append_sums(std::vector<double>& to) {
  each_sum([&](double& number) { to.push_back(number); });
}

const double* RoutingMeter::take_sums(const double* from) {
  each_sum([&](double& number) { number = *from++; });
  return from;
}

std::vector<LayerRecord> RoutingMeter::take() {
  std::vector<LayerRecord> records;
  records.reserve(sums_.size());
  for (const Sum& sum : sums_) {
    LayerRecord record;
    record.block = sum.block;
    const double tokens = static_cast<double>(sum.tokens);
    const double experts = static_cast<double>(sum.counts.size());
    const std::vector<double>& counts = sum.counts;
    const auto assignments = static_cast<double>(sum.assignments);
    const double log_n = std::log(experts);
    for (std::size_t e = 0; e < counts.size(); ++e) {
      record.counts.push_back(static_cast<float>(counts[e]));
      record.mean_prob.push_back(static_cast<float>(sum.prob[e] / tokens));
    }
    const bool alone = counts.size() < 2;
    record.token_entropy = static_cast<float>(alone ? kMissing : std::clamp(sum.entropy / tokens / log_n, 0.0, 1.0));
    record.load_entropy = static_cast<float>(load_entropy(counts));
    record.max_violation = static_cast<float>(max_violation(counts));
    record.dropped = static_cast<float>(assignments - static_cast<double>(sum.kept));
    record.assignment_drop_rate = static_cast<float>(1.0 - static_cast<double>(sum.kept) / assignments);
    record.token_drop_rate = static_cast<float>(static_cast<double>(sum.dropped_tokens) / tokens);
    for (const AuxLoss loss : kAuxLosses) record.aux[loss] = static_cast<float>(sum.aux[loss] / tokens);
    if (sum.balances_whole)
      record.aux[AuxLoss::switch_balance] =
          static_cast<float>(experts * std::inner_product(counts.begin(), counts.end(), sum.prob.begin(), 0.0) /
                             sum_of(counts) / tokens);
    records.push_back(std::move(record));
  }
  sums_.clear();
  return records;
}

}  // namespace switchyard
