#include "core/train/step_sums.h"

#include <cmath>

#include "core/model/layers/allowed_experts.h"
#include "core/model/layers/aux_losses.h"

namespace switchyard {

namespace {

// What a micro-batch adds to the step's counts of each layer.
void count(std::vector<std::vector<std::int64_t>>& so_far, const std::vector<MoeTrace>& trace, RankGroup* ranks) {
  std::vector<std::int64_t> flat;
  for (const MoeTrace& layer : trace)
    flat.insert(flat.end(), layer.plan->counts.begin(), layer.plan->counts.end());
  at::Tensor counts = torch::tensor(flat, at::kLong);
  if (ranks) ranks->sum(counts);
  const std::int64_t* next = counts.data_ptr<std::int64_t>();
  so_far.resize(trace.size());
  for (std::size_t l = 0; l < trace.size(); ++l) {
    so_far[l].resize(trace[l].plan->counts.size());
    for (std::int64_t& sum : so_far[l]) sum += *next++;
  }
}

// An auxiliary loss that is optimised takes its gradient from P.
bool learns_from_p(const Config& config) {
  const auto is_on = [&](AuxLoss loss) { return config.*coefficient_of(loss) != 0; };
  return (is_on(AuxLoss::switch_balance) && config.balance_scope != BalanceScope::sequence) ||
         is_on(AuxLoss::gshard) || is_on(AuxLoss::importance) || is_on(AuxLoss::mse_prob);
}

}  // namespace

bool StepSums::is_behind(const Config& config) const {
  // Of one micro-batch the counts are at hand.
  return config.balance_scope == BalanceScope::global_exact && config.accumulation > 1 &&
         config.*coefficient_of(AuxLoss::switch_balance) != 0 && config.ffn == Ffn::moe &&
         ahead.batches < config.accumulation;
}

void StepSums::add_ahead(const TaskPass& through, const Layout& layout) {
  count(ahead.counts, through.pass.trace, layout.all());
  ++ahead.batches;
}

at::Tensor StepSums::add(const TaskPass& through, const Config& config, const Layout& layout) {
  const ForwardPass& pass = through.pass;
  const at::Tensor task_loss = at::cross_entropy_loss(through.logits, through.targets.to(through.logits.device()));
  at::Tensor total = task_loss;
  count(counts, pass.trace, is_global(config.balance_scope) ? layout.all() : nullptr);
  const std::int64_t shards = layout.shards_here(config.shards);
  RankGroup* shard_ranks = layout.shard_ranks(config.shards);
  // The losses are over those who could be chosen.
  std::vector<MoeTrace> made;
  const std::vector<MoeTrace>& open = among_allowed(pass.trace, made);
  const ShardFigures figures = shard_figures(open, shards, shard_ranks, learns_from_p(config));
  // What is reported is read in one go: each read would wait for the device.
  struct Reported {
    std::size_t layer;
    AuxLoss which;
  };
  std::vector<Reported> reported;
  std::vector<at::Tensor> values;
  for (std::size_t l = 0; l < pass.trace.size(); ++l) {
    const MoeTrace& layer = open[l];
    const at::Tensor& banned = pass.trace[l].banned;
    const std::vector<std::int64_t>* step_counts = ahead.batches > 0 ? &ahead.counts[l] : &counts[l];
    std::vector<std::int64_t> open_counts;
    if (banned.defined()) {
      open_counts = of_allowed(*step_counts, banned);
      step_counts = &open_counts;
    }
    const LossContext context{through.sequences, config.balance_scope, step_counts,          shards,
                              shard_ranks,       figures.counts[l],    figures.mean_probs[l]};
    for (const AuxLoss which : kAuxLosses) {
      const double coefficient = config.*coefficient_of(which);
      // Those that follow from counts and P the meter knows by itself; of the others only the z-loss is cheap, and
      // the Switch loss within sequences is asked for. Where some are banned the meter knows none of them.
      const bool from_sums = which == AuxLoss::switch_balance || which == AuxLoss::importance ||
                             which == AuxLoss::mse_prob || which == AuxLoss::mse_load;
      const bool shown = which == AuxLoss::z || (banned.defined() && from_sums) ||
                         (which == AuxLoss::switch_balance && config.balance_scope == BalanceScope::sequence);
      if (coefficient == 0 && !shown) continue;
      const at::AutoGradMode with_gradient(coefficient != 0);
      const at::Tensor value = aux_loss(which, layer, context);
      if (!value.defined()) continue;
      reported.push_back({l, which});
      values.push_back(value.detach());
      if (coefficient != 0) total = total + value * coefficient;
    }
  }
  values.push_back(task_loss.detach());
  values.push_back(total.detach());
  const at::Tensor read = at::stack(values).to(at::kCPU, at::kDouble);
  const double* next = read.data_ptr<double>();
  std::vector<PerAuxLoss<double>> losses(pass.trace.size(), PerAuxLoss<double>::filled(kMissing));
  for (const auto& [layer, which] : reported) {
    losses[layer][which] = *next++;
    if (const double coefficient = config.*coefficient_of(which); coefficient != 0)
      aux[which] += coefficient * losses[layer][which];
  }
  loss += *next++ + through.unknown_nats;
  total_loss += *next + through.unknown_nats;
  meter.add(pass.trace, losses, {config.balance_scope, shards, shard_ranks, &counts, &figures});
  tokens += through.targets.numel() * layout.ranks();
  examples += config.batch_size;
  right += count_right(through.logits, through.targets, through.unknown);
  ++batches;
  return total;
}

void StepSums::join(const Layout& layout) {
  if (layout.one()) return;
  const double ranks = static_cast<double>(layout.ranks());
  std::vector<double> flat{static_cast<double>(right), loss / ranks, total_loss / ranks};
  for (const AuxLoss which : kAuxLosses) flat.push_back(aux[which] / ranks);
  meter.append_sums(flat);
  const at::Tensor all = torch::tensor(flat, at::kDouble);
  layout.all()->sum(all);
  const double* next = all.data_ptr<double>();
  right = static_cast<std::int64_t>(*next++);
  loss = *next++;
  total_loss = *next++;
  for (const AuxLoss which : kAuxLosses) aux[which] = *next++;
  meter.take_sums(next);
}

StepRecord StepSums::record() {
  const double count = static_cast<double>(batches);
  StepRecord made;
  made.step_ms = seconds * 1e3;
  made.ahead_ms = ahead.seconds * 1e3;
  made.tokens_per_s = static_cast<double>(tokens) / seconds;
  made.loss = loss / count;
  made.total_loss = total_loss / count;
  made.train_accuracy = static_cast<double>(right) / static_cast<double>(tokens);
  for (const AuxLoss which : kAuxLosses) made.aux[which] = aux[which] / count;
  made.layers = meter.take();
  return made;
}

void note_gradients(const std::vector<Parameter*>& parameters, const std::vector<double>& squares, double batches,
                    std::vector<LayerRecord>& layers) {
  for (LayerRecord& layer : layers) {
    const auto norm_of = [&](Parameter::Part part) {
      double sum = kMissing;
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Parameter& parameter = *parameters[i];
        const bool here = parameter.block == layer.block || parameter.block < 0;
        if (parameter.part == part && here && squares[i] >= 0) sum = (std::isnan(sum) ? 0 : sum) + squares[i];
      }
      return static_cast<float>(std::sqrt(sum) / batches);
    };
    layer.router_grad_norm = norm_of(Parameter::Part::router);
    layer.expert_grad_norm = norm_of(Parameter::Part::experts);
  }
}

}  // namespace switchyard
