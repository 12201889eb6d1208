#include "core/model/routing/gate.h"

#include <algorithm>

#include "core/model/functions/linear.h"

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
  const bool steered = context.edit && context.edit->steer.defined();
  const auto logits_of = [&](const at::Tensor& in) {
    const at::Tensor z = linear(in, weight_.value, bias_.value, at::kFloat);
    return steered ? z + context.edit->steer : z;
  };
  GateScores scores;
  scores.clean = scores.noisy = logits_of(x);
  // One that never moved leaves selection to the plain scores.
  if (!corrects_) corrects_ = correction_.value.count_nonzero().item<std::int64_t>() > 0;
  if (*corrects_) scores.bias = correction_.value.detach();
  if (!context.training) return scores;

  // Drawn on the CPU: a seed means the same noise on every device.
  const auto uniform = [&](const at::Tensor& like, const char* purpose) {
    return uniform_draws(context.draws, purpose, like.size(0), like.size(1)).to(like.device());
  };
  const auto normal = [&](const at::Tensor& like, const char* purpose) {
    return normal_draws(context.draws, purpose, like.size(0), like.size(1)).to(like.device());
  };
  if (context.jitter > 0)
    scores.noisy = logits_of(x * uniform(x, "jitter").mul_(2 * context.jitter).add_(1 - context.jitter));
  if (context.logit_dropout > 0) {
    const double stay = 1 - context.logit_dropout;
    scores.noisy = scores.noisy * uniform(scores.noisy, "logit dropout").lt(stay).to(at::kFloat).div_(stay);
  }
  if (context.noise_std > 0) {
    scores.noisy = scores.noisy + normal(scores.noisy, "noise").mul_(context.noise_std);
    scores.spread = at::full_like(scores.noisy.detach(), context.noise_std);
  }
  if (context.learned_noise != LearnedNoise::none) {
    const at::Tensor spread = at::softplus(linear(x, noise_.value, noise_bias_.value, at::kFloat));
    if (context.learned_noise == LearnedNoise::gaussian) {
      const at::Tensor own = spread + 0.01;
      scores.noisy = scores.noisy + normal(spread, "learned noise") * own;
      // Independent noises add by their squares.
      scores.spread = scores.spread.defined() ? (own.square() + scores.spread.square()).sqrt() : own;
    } else {
      scores.noisy = scores.noisy + uniform(spread, "learned noise") * spread;
    }
  }
  return scores;
}

void LinearGate::balance(const std::vector<float>& counts, double rate, BiasRule rule,
                         const std::vector<std::uint8_t>& muted) {
  if (rate <= 0 || counts.empty()) return;
  const auto silent = std::count_if(muted.begin(), muted.end(), [](std::uint8_t one) { return one != 0; });
  if (silent == static_cast<std::ptrdiff_t>(counts.size())) return;
  at::NoGradGuard no_grad;
  corrects_.reset();
  double sum = 0;
  for (std::size_t e = 0; e < counts.size(); ++e)
    if (silent == 0 || muted[e] == 0) sum += counts[e];
  const double mean = sum / static_cast<double>(static_cast<std::ptrdiff_t>(counts.size()) - silent);
  at::Tensor short_of = mean - torch::tensor(counts, at::kFloat);
  if (silent > 0) short_of.masked_fill_(torch::tensor(muted, at::kByte).to(at::kBool), 0);
  correction_.value.add_(short_of.sign().to(correction_.value.device()), rate);
  if (rule == BiasRule::centred) correction_.value.sub_(correction_.value.mean(at::kDouble));
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
