#include "core/train/optimizer/adamw.h"

#include <algorithm>
#include <cmath>

#include "core/model/kernels/parallel.h"
#include "core/model/kernels/rows.h"
#include "core/train/ranks/whole.h"

namespace switchyard {

AdamW::AdamW(std::vector<Parameter*> parameters) {
  states_.reserve(parameters.size());
  for (Parameter* parameter : parameters)
    states_.push_back({parameter, at::zeros_like(parameter->value, at::TensorOptions().requires_grad(false)),
                       at::zeros_like(parameter->value, at::TensorOptions().requires_grad(false))});
}

namespace {

// Parameters cut into spans, so that all of them are one job for the threads.
constexpr std::int64_t kSpan = 32'768;

struct Chunk {
  std::size_t state;
  std::int64_t begin, count;
};

}  // namespace

std::vector<double> AdamW::squared_grads() const {
  at::NoGradGuard no_grad;
  std::vector<double> squares(states_.size(), -1.0);
  std::vector<at::Tensor> grads(states_.size());
  std::vector<Chunk> chunks;
  std::vector<std::size_t> elsewhere;  // on another device: read in one go, since each read would wait for it
  std::vector<at::Tensor> norms;
  for (std::size_t s = 0; s < states_.size(); ++s) {
    const at::Tensor& grad = states_[s].parameter->value.grad();
    if (!grad.defined()) continue;
    squares[s] = 0;
    if (!grad.is_cpu() || !grad.is_contiguous()) {
      elsewhere.push_back(s);
      norms.push_back(grad.norm());
      continue;
    }
    for (std::int64_t begin = 0; begin < grad.numel(); begin += kSpan)
      chunks.push_back({s, begin, std::min(kSpan, grad.numel() - begin)});
    grads[s] = grad;
  }
  if (!norms.empty()) {
    const at::Tensor read = at::stack(norms).to(at::kCPU, at::kDouble).square();
    for (std::size_t i = 0; i < elsewhere.size(); ++i) squares[elsewhere[i]] = read.data_ptr<double>()[i];
  }
  std::vector<double> sums(chunks.size());
  parallel_tasks(static_cast<std::int64_t>(chunks.size()), [&](std::int64_t i) {
    const Chunk& chunk = chunks[static_cast<std::size_t>(i)];
    const float* g = grads[chunk.state].data_ptr<float>() + chunk.begin;
    sums[static_cast<std::size_t>(i)] = rows::dot(g, g, chunk.count);
  });
  for (std::size_t i = 0; i < chunks.size(); ++i) squares[chunks[i].state] += sums[i];
  return squares;
}

void AdamW::step(const Config& config, double learning_rate, double grad_scale) {
  at::NoGradGuard no_grad;
  ++steps_;
  const double b1 = config.beta1, b2 = config.beta2;
  const double first_correction = 1.0 - std::pow(b1, static_cast<double>(steps_));
  const double second_correction = 1.0 - std::pow(b2, static_cast<double>(steps_));
  const auto keep_of = [&](const State& state) {
    return state.parameter->decays ? 1.0 - learning_rate * config.weight_decay : 1.0;
  };
  std::vector<Chunk> chunks;
  for (std::size_t s = 0; s < states_.size(); ++s) {
    State& state = states_[s];
    const at::Tensor grad = state.parameter->value.grad();
    if (!grad.defined()) continue;
    at::Tensor& value = state.parameter->value;
    if (value.is_cpu() && grad.is_contiguous()) {
      for (std::int64_t begin = 0; begin < value.numel(); begin += kSpan)
        chunks.push_back({s, begin, std::min(kSpan, value.numel() - begin)});
      continue;
    }
    const at::Tensor slope = grad * grad_scale;
    state.first.mul_(b1).add_(slope, 1.0 - b1);
    state.second.mul_(b2).addcmul_(slope, slope, 1.0 - b2);
    value.mul_(keep_of(state)).addcdiv_(state.first, (state.second / second_correction).sqrt_().add_(1e-8),
                                        -learning_rate / first_correction);
  }
  rows::AdamStep how;
  how.beta1 = static_cast<float>(b1);
  how.beta2 = static_cast<float>(b2);
  how.grad_scale = static_cast<float>(grad_scale);
  how.rate = static_cast<float>(learning_rate / first_correction);
  how.inverse_second = static_cast<float>(1.0 / second_correction);
  parallel_tasks(static_cast<std::int64_t>(chunks.size()), [&](std::int64_t i) {
    const Chunk& chunk = chunks[static_cast<std::size_t>(i)];
    State& state = states_[chunk.state];
    rows::AdamStep here = how;
    here.keep = static_cast<float>(keep_of(state));
    const auto from = [&](const at::Tensor& tensor) { return tensor.data_ptr<float>() + chunk.begin; };
    rows::adamw(from(state.parameter->value), from(state.first), from(state.second), from(state.parameter->value.grad()),
                here, chunk.count);
  });
}

void AdamW::zero_grad() {
  for (State& state : states_) state.parameter->value.mutable_grad().reset();
}

AdamW::Selection AdamW::selected(Parameter& parameter, const std::vector<std::int64_t>& rows,
                                 RankGroup* ranks) const {
  at::NoGradGuard no_grad;
  const auto count = static_cast<std::int64_t>(rows.size());
  const bool in_parts = parameter.in_parts() && ranks;
  const ExpertRange own = in_parts ? experts_of(count, ranks->rank(), ranks->size()) : ExpertRange{0, count};
  const std::vector<std::int64_t> kept(rows.begin() + own.first, rows.begin() + own.first + own.count);
  const at::Tensor index = torch::tensor(kept, at::TensorOptions(at::kLong).device(parameter.value.device()));
  const auto picked = [&](const at::Tensor& from) {
    return whole(parameter, from, ranks).index_select(0, index).contiguous();
  };
  Selection selection{&parameter, picked(parameter.value.detach()).requires_grad_(parameter.trained), {}, {}};
  if (in_parts) selection.first_expert = own.first, selection.all_experts = count;
  for (const State& state : states_)
    if (state.parameter == &parameter)
      selection.first = picked(state.first), selection.second = picked(state.second);
  return selection;
}

void AdamW::adopt(Selection&& selection) noexcept {
  selection.parameter->value = std::move(selection.value);
  selection.parameter->first_expert = selection.first_expert;
  selection.parameter->all_experts = selection.all_experts;
  for (State& state : states_)
    if (state.parameter == selection.parameter)
      state.first = std::move(selection.first), state.second = std::move(selection.second);
}

}  // namespace switchyard
