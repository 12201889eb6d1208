#include "core/train/adamw.h"

#include <cmath>

namespace switchyard {

AdamW::AdamW(std::vector<Parameter*> parameters) {
  states_.reserve(parameters.size());
  for (Parameter* parameter : parameters)
    states_.push_back({parameter, at::zeros_like(parameter->value, at::TensorOptions().requires_grad(false)),
                       at::zeros_like(parameter->value, at::TensorOptions().requires_grad(false))});
}

double AdamW::grad_norm() const {
  at::NoGradGuard no_grad;
  double sum = 0;
  for (const State& state : states_)
    if (const at::Tensor& grad = state.parameter->value.grad(); grad.defined()) {
      const double norm = grad.norm().item<double>();
      sum += norm * norm;
    }
  return std::sqrt(sum);
}

void AdamW::step(const Config& config, double learning_rate, double grad_scale) {
  at::NoGradGuard no_grad;
  ++steps_;
  const double b1 = config.beta1, b2 = config.beta2;
  const double first_correction = 1.0 - std::pow(b1, static_cast<double>(steps_));
  const double second_correction = 1.0 - std::pow(b2, static_cast<double>(steps_));
  for (State& state : states_) {
    const at::Tensor grad = state.parameter->value.grad();
    if (!grad.defined()) continue;
    at::Tensor& value = state.parameter->value;
    const double keep = state.parameter->decays ? 1.0 - learning_rate * config.weight_decay : 1.0;
    if (value.is_cpu() && grad.is_contiguous()) {
      const auto beta1 = static_cast<float>(b1), beta2 = static_cast<float>(b2), scale = static_cast<float>(grad_scale);
      const auto keep_f = static_cast<float>(keep), rate = static_cast<float>(learning_rate / first_correction);
      const auto inverse_second = static_cast<float>(1.0 / second_correction);
      float *w = value.data_ptr<float>(), *m = state.first.data_ptr<float>(), *v = state.second.data_ptr<float>();
      const float* g = grad.data_ptr<float>();
      at::parallel_for(0, value.numel(), 16'384, [=](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const float slope = g[i] * scale;
          m[i] = beta1 * m[i] + (1.0F - beta1) * slope;
          v[i] = beta2 * v[i] + (1.0F - beta2) * slope * slope;
          w[i] = keep_f * w[i] - rate * m[i] / (std::sqrt(v[i] * inverse_second) + 1e-8F);
        }
      });
    } else {
      const at::Tensor slope = grad * grad_scale;
      state.first.mul_(b1).add_(slope, 1.0 - b1);
      state.second.mul_(b2).addcmul_(slope, slope, 1.0 - b2);
      value.mul_(keep).addcdiv_(state.first, (state.second / second_correction).sqrt_().add_(1e-8),
                                -learning_rate / first_correction);
    }
  }
}

void AdamW::zero_grad() {
  for (State& state : states_) state.parameter->value.mutable_grad().reset();
}

void AdamW::select_experts(Parameter& parameter, const std::vector<std::int64_t>& rows) {
  at::NoGradGuard no_grad;
  const at::Tensor index = torch::tensor(rows, at::TensorOptions(at::kLong).device(parameter.value.device()));
  parameter.value = parameter.value.detach().index_select(0, index).contiguous().requires_grad_();
  for (State& state : states_)
    if (state.parameter == &parameter) {
      state.first = state.first.index_select(0, index).contiguous();
      state.second = state.second.index_select(0, index).contiguous();
    }
}

}  // namespace switchyard
