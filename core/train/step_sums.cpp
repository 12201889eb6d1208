#include "core/train/step_sums.h"

#include <cmath>

#include "core/model/layers/aux_losses.h"

namespace switchyard {

at::Tensor StepSums::add(const TaskPass& through, const Config& config) {
  const ForwardPass& pass = through.pass;
  const at::Tensor task_loss = at::cross_entropy_loss(through.logits, through.targets.to(through.logits.device()));
  at::Tensor total = task_loss;
  counts.resize(pass.trace.size());
  // What is reported is read in one go: each read would wait for the device.
  struct Reported {
    std::size_t layer;
    AuxLoss which;
  };
  std::vector<Reported> reported;
  std::vector<at::Tensor> values;
  for (std::size_t l = 0; l < pass.trace.size(); ++l) {
    const MoeTrace& layer = pass.trace[l];
    std::vector<std::int64_t>& so_far = counts[l];
    so_far.resize(layer.plan->counts.size());
    for (std::size_t e = 0; e < so_far.size(); ++e) so_far[e] += layer.plan->counts[e];
    const LossContext context{through.sequences, config.balance_scope, &so_far};
    for (const AuxLoss which : kAuxLosses) {
      const double coefficient = config.*coefficient_of(which);
      // Those that follow from counts and P the meter knows by itself; of the others only the z-loss is cheap, and
      // the Switch loss within sequences is asked for.
      const bool shown = which == AuxLoss::z ||
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
  meter.add(pass.trace, losses, config.balance_scope);
  tokens += through.targets.numel();
  examples += config.batch_size;
  right += count_right(through.logits, through.targets, through.unknown);
  ++batches;
  return total;
}

StepRecord StepSums::record() {
  const double count = static_cast<double>(batches);
  StepRecord made;
  made.step_ms = seconds * 1e3;
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
