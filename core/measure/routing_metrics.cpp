#include "core/measure/routing_metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace switchyard {

double entropy_of(const std::vector<double>& masses) {
  const double total = std::accumulate(masses.begin(), masses.end(), 0.0);
  double entropy = 0;
  for (const double mass : masses)
    if (mass > 0) entropy -= mass / total * std::log(mass / total);
  return entropy;
}

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

void RoutingMeter::add(const std::vector<MoeTrace>& trace, const std::vector<PerAuxLoss<double>>& losses,
                       BalanceScope scope) {
  at::NoGradGuard no_grad;
  sums_.resize(trace.size());
  // sum_t p of every layer and the entropy behind it, read in one go: each read would wait for the device.
  std::vector<at::Tensor> read;
  for (const MoeTrace& seen : trace) {
    if (!seen.routing.probs.defined()) continue;
    read.push_back(seen.routing.probs.sum(0, false, at::kDouble));
    read.push_back(at::special_entr(seen.routing.probs).sum().to(at::kDouble).view({1}));
  }
  const at::Tensor figures = read.empty() ? at::Tensor() : at::cat(read).cpu();
  const double* next = read.empty() ? nullptr : figures.data_ptr<double>();
  for (std::size_t l = 0; l < trace.size(); ++l) {
    const MoeTrace& seen = trace[l];
    Sum& sum = sums_[l];
    const DispatchPlan& plan = *seen.plan;
    sum.counts.resize(plan.experts);
    sum.prob.resize(plan.experts);
    sum.block = static_cast<std::int32_t>(seen.block);
    sum.tokens += plan.tokens;
    sum.assignments += plan.assignments();
    sum.kept += plan.rows();
    sum.dropped_tokens += plan.dropped_tokens;
    const std::vector<double> loads = expert_loads(seen);
    for (std::int64_t e = 0; e < plan.experts; ++e) sum.counts[e] += loads[e];
    PerAuxLoss<double> own = losses[l];
    if (seen.routing.probs.defined()) {
      std::vector<double> mean_prob(next, next + plan.experts);
      next += plan.experts;
      for (std::int64_t e = 0; e < plan.experts; ++e) {
        sum.prob[e] += mean_prob[e];
        mean_prob[e] /= static_cast<double>(plan.tokens);
      }
      sum.entropy += *next++;
      const bool balances = seen.routing.start.empty() && !seen.soft;  // tokens choose by probabilities
      if (balances) fill_balance(own, loads, scope == BalanceScope::global ? sum.counts : loads, mean_prob, scope);
    } else {
      std::fill(sum.prob.begin(), sum.prob.end(), kMissing);
      sum.entropy = kMissing;
    }
    for (const AuxLoss loss : kAuxLosses) sum.aux[loss] += own[loss] * static_cast<double>(plan.tokens);
  }
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
    const double total = sum_of(counts);
    const auto assignments = static_cast<double>(sum.assignments);
    const double log_n = std::log(experts);
    for (std::size_t e = 0; e < counts.size(); ++e) {
      record.counts.push_back(static_cast<float>(counts[e]));
      record.mean_prob.push_back(static_cast<float>(sum.prob[e] / tokens));
    }
    const bool alone = counts.size() < 2;
    record.token_entropy = static_cast<float>(alone ? kMissing : std::clamp(sum.entropy / tokens / log_n, 0.0, 1.0));
    record.load_entropy = static_cast<float>(alone ? kMissing : entropy_of(counts) / log_n);
    record.max_violation = static_cast<float>(*std::max_element(counts.begin(), counts.end()) * experts / total - 1.0);
    record.dropped = static_cast<float>(assignments - static_cast<double>(sum.kept));
    record.assignment_drop_rate = static_cast<float>(1.0 - static_cast<double>(sum.kept) / assignments);
    record.token_drop_rate = static_cast<float>(static_cast<double>(sum.dropped_tokens) / tokens);
    for (const AuxLoss loss : kAuxLosses) record.aux[loss] = static_cast<float>(sum.aux[loss] / tokens);
    records.push_back(std::move(record));
  }
  sums_.clear();
  return records;
}

}  // namespace switchyard
