#include "core/train/looks/gate_gradients.h"

#include <torch/csrc/autograd/autograd.h>

#include "core/model/base/to_vector.h"
#include "core/model/layers/aux_losses.h"

namespace switchyard {
namespace {

// The losses of a step that are not the task's, with their coefficients; undefined without any.
at::Tensor weighted_losses(const ForwardPass& pass, const Config& config, std::int64_t sequences) {
  at::Tensor total;
  for (const MoeTrace& layer : pass.trace)
    for (const AuxLoss which : kAuxLosses) {
      const double coefficient = config.*coefficient_of(which);
      if (coefficient == 0) continue;
      const at::Tensor value = aux_loss(which, layer, {sequences, config.balance_scope, &layer.plan->counts});
      if (!value.defined()) continue;
      total = total.defined() ? total + value * coefficient : value * coefficient;
    }
  return total;
}

// [N, d] gradient at each gate's rows, dL/dw = (dL/dz)^T x, in double; zeros where nothing flows.
std::vector<at::Tensor> at_rows(const ForwardPass& pass, const std::vector<std::size_t>& layers,
                                const at::Tensor& loss) {
  std::vector<at::Tensor> logits, rows;
  for (const std::size_t l : layers) logits.push_back(pass.trace[l].scores.clean);
  std::vector<at::Tensor> slopes(logits.size());
  if (loss.defined() && loss.requires_grad())
    slopes = torch::autograd::grad({loss}, logits, {}, /*retain_graph=*/true, /*create_graph=*/false,
                                   /*allow_unused=*/true);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const at::Tensor x = pass.trace[layers[i]].router_input.detach().to(at::kDouble);
    rows.push_back(slopes[i].defined() ? slopes[i].detach().to(at::kDouble).t().mm(x).cpu()
                                       : at::zeros({logits[i].size(1), x.size(1)}, at::kDouble));
  }
  return rows;
}

}  // namespace

std::vector<GateGradients> gate_gradients(const ForwardPass& pass, const at::Tensor& loss, const Config& config,
                                          std::int64_t sequences) {
  std::vector<GateGradients> made(pass.trace.size());
  std::vector<std::size_t> layers;
  for (std::size_t l = 0; l < pass.trace.size(); ++l)
    if (pass.trace[l].routing.logits.defined() && !pass.trace[l].soft) layers.push_back(l);
  if (layers.empty()) return made;
  const std::vector<at::Tensor> task = at_rows(pass, layers, loss);
  const std::vector<at::Tensor> aux = at_rows(pass, layers, weighted_losses(pass, config, sequences));

  at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    GateGradients& gradient = made[layers[i]];
    const at::Tensor task_norm = task[i].norm(2, 1), aux_norm = aux[i].norm(2, 1),
                     both = (task[i] * aux[i]).sum(1);
    gradient.task_norm = to_vector<float>(task_norm);
    gradient.aux_norm = to_vector<float>(aux_norm);
    gradient.cosine = to_vector<float>(both / (task_norm * aux_norm));  // 0 / 0 is the NaN that is meant
    const double task_all = task[i].norm().item<double>(), aux_all = aux[i].norm().item<double>();
    gradient.task_norm_all = static_cast<float>(task_all);
    gradient.aux_norm_all = static_cast<float>(aux_all);
    gradient.cosine_all = static_cast<float>(both.sum().item<double>() / (task_all * aux_all));
  }
  return made;
}

}  // namespace switchyard
