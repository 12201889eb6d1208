#include "core/model/gate.h"

#include <numeric>

#include "core/model/linear.h"

namespace switchyard {

LinearGate::LinearGate(const Config& config, const std::string& prefix, const Initializer& init) {
  const std::int64_t n = config.experts, d = config.d_model;
  const auto own = [&](Parameter& parameter, const char* name, at::Tensor value, bool matrix) {
    parameter.name = prefix + name;
    parameter.value = std::move(value);
    parameter.per_expert = true;
    parameter.decays = matrix;
    parameter.part = Parameter::Part::router;
  };
  const bool learned = config.learned_noise == LearnedNoise::gaussian;
  own(weight_, "gate.weight", learned ? init.constant({n, d}, 0.0) : init.normal({n, d}, 0.02), true);
  if (config.router_bias) own(bias_, "gate.bias", init.constant({n}, 0.0), false);
  if (config.learned_noise != LearnedNoise::none) own(noise_, "noise.weight", init.constant({n, d}, 0.0), true);
  if (config.learned_noise != LearnedNoise::none && config.router_bias)
    own(noise_bias_, "noise.bias", init.constant({n}, 0.0), false);
  own(correction_, "gate.e_score_correction_bias", init.constant({n}, 0.0), false);
  correction_.value.requires_grad_(false);
  correction_.trained = false;
}

GateScores LinearGate::score(const at::Tensor& x, const RoutingContext& context) const {
  const auto logits_of = [&](const at::Tensor& in) { return linear(in, weight_.value, bias_.value, at::kFloat); };
  GateScores scores;
  scores.clean = scores.noisy = logits_of(x);
  // One that never moved leaves selection to the plain scores.
  if (!corrects_) corrects_ = correction_.value.count_nonzero().item<std::int64_t>() > 0;
  if (*corrects_) scores.bias = correction_.value.detach();
  if (!context.training) return scores;

  // Drawn on the CPU: a seed means the same noise on every device.
  const auto draw = [&](const at::Tensor& like, const auto& fill) {
    at::Tensor drawn = at::empty(like.sizes(), at::kFloat);
    fill(drawn);
    return drawn.to(like.device());
  };
  const auto normal = [&](at::Tensor& t) { t.normal_(0.0, 1.0, context.noise); };
  if (context.jitter > 0)
    scores.noisy = logits_of(
        x * draw(x, [&](at::Tensor& t) { t.uniform_(1 - context.jitter, 1 + context.jitter, context.noise); }));
  if (context.logit_dropout > 0) {
    const double stay = 1 - context.logit_dropout;
    scores.noisy = scores.noisy * draw(scores.noisy, [&](at::Tensor& t) { t.bernoulli_(stay, context.noise).div_(stay); });
  }
  if (context.noise_std > 0) {
    scores.noisy = scores.noisy + draw(scores.noisy, normal) * context.noise_std;
    scores.spread = at::full_like(scores.noisy.detach(), context.noise_std);
  }
  if (context.learned_noise != LearnedNoise::none) {
    const at::Tensor spread = at::softplus(linear(x, noise_.value, noise_bias_.value, at::kFloat));
    if (context.learned_noise == LearnedNoise::gaussian) {
      const at::Tensor own = spread + 0.01;
      scores.noisy = scores.noisy + draw(spread, normal) * own;
      // Independent noises add by their squares.
      scores.spread = scores.spread.defined() ? (own.square() + scores.spread.square()).sqrt() : own;
    } else {
      scores.noisy = scores.noisy + draw(spread, [&](at::Tensor& t) { t.uniform_(0.0, 1.0, context.noise); }) * spread;
    }
  }
  return scores;
}

void LinearGate::balance(const std::vector<float>& counts, double rate) {
  if (rate <= 0 || counts.empty()) return;
  at::NoGradGuard no_grad;
  corrects_.reset();
  const double mean = std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size());
  const at::Tensor short_of = mean - torch::tensor(counts, at::kFloat);
  correction_.value.add_(short_of.sign().to(correction_.value.device()), rate);
}

void LinearGate::belongs_to(std::int64_t block) {
  for (Parameter* p : {&weight_, &bias_, &noise_, &noise_bias_, &correction_}) p->block = block;
}

void LinearGate::visit(const ParameterVisitor& visitor) {
  corrects_.reset();
  for (Parameter* p : {&weight_, &bias_, &noise_, &noise_bias_, &correction_})
    if (p->value.defined()) visitor(*p);
}

}  // namespace switchyard
