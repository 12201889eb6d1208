#include "core/config/training_memory.h"

#include <algorithm>

#include "core/config/shape.h"

namespace switchyard {
namespace {

// As the probe (core/train/looks/prober.h, cluster_prober.h) and validation go about it.
constexpr std::int64_t kProbeTokens = 640, kPointsAtOnce = 4096;

// A configuration in floating point, so that products of limits do not overflow.
struct Shape {
  explicit Shape(const Config& config, std::int64_t outputs)
      : points(config.task == TaskKind::clusters),
        rounded(config.precision == Precision::bf16),
        d(static_cast<double>(config.d_model)),
        ff(static_cast<double>(config.d_ff)),
        n(static_cast<double>(config.experts)),
        length(static_cast<double>(config.context)),
        heads(static_cast<double>(config.heads)),
        v(static_cast<double>(outputs)),
        gated(is_gated(config.expert) ? 2 : 1) {}
  bool points, rounded;
  double d, ff, n, length, heads, v, gated;
};

// Floats a token that `experts` experts a token keep of a hidden layer `width` wide.
double hidden_floats(const Shape& s, double experts, double width) {
  return experts * s.gated * width * (s.rounded ? 0.5 : 1);
}

double routing_floats(const Config& config, const Shape& s) {
  if (config.gate == Gate::soft) {
    const double slots = s.n * static_cast<double>(config.slots);
    const double a_token = slots / (s.points ? static_cast<double>(config.batch_size / config.shards) : s.length);
    // Logits and both mixtures; tokens and slots at unit length; slots in and out.
    return 3 * slots + 3 * s.d + a_token * 3 * s.d + hidden_floats(s, a_token, s.ff);
  }
  double rows = 3;  // logits, probabilities, and what was made of them
  if (config.noise_std > 0) rows += 3;
  if (config.learned_noise != LearnedNoise::none) rows += 5;
  if (config.logit_dropout > 0) rows += 2;
  if (config.load_coef > 0) rows += 4;
  const double jitter = config.jitter > 0 ? 2 * s.d : 0;
  double k = static_cast<double>(config.top_k);
  if (config.gate == Gate::expert_choice) {
    const std::int64_t tokens = s.points ? config.batch_size / config.shards : config.context;
    k = s.n * static_cast<double>(expert_capacity(config.capacity_factor, 1, tokens, config.experts)) /
        static_cast<double>(tokens);
  }
  return rows * s.n + jitter + 6 * k + hidden_floats(s, k, s.ff);
}

}  // namespace

double training_bytes(const Config& config, std::int64_t outputs, std::int64_t parameters) {
  const Shape s(config, outputs);
  const double batch = static_cast<double>(config.batch_size), tokens = s.points ? batch : batch * s.length;
  // A norm made of several operations keeps one row more.
  const double norm = !config.residual ? 0 : config.norm == NormKind::rmsnorm ? 3 : 2;
  // Of a block, floats a token: what is kept but for attention's probabilities.
  const double rows = s.points ? (config.residual ? norm : 1) : (config.residual ? 2 * norm : 2) + 4;
  double kept = 0, largest = 0;
  for (std::int64_t b = 0; b < config.layers; ++b) {
    double block = rows * s.d;
    if (is_moe_block(config, b)) {
      block += routing_floats(config, s);
      if (config.shared_experts > 0)
        block += hidden_floats(s, 1, s.ff * static_cast<double>(config.shared_experts));
    } else {
      block += hidden_floats(s, 1, s.ff);
    }
    kept += block;
    largest = std::max(largest, block);
  }
  const double probabilities = s.points ? 0 : s.heads * s.length * (s.rounded ? 0.5 : 1);
  const double layers = static_cast<double>(config.layers), head = (config.residual ? norm : 1) * s.d + 4 * s.v;
  const double training = tokens * (kept + (layers + 0.3) * probabilities + head + largest);

  // Without a graph one block at a time; routers' inputs and probabilities stay for the look.
  double seen = std::max(static_cast<double>(kProbeTokens), s.length), data = 0;
  if (s.points) {
    const double all = static_cast<double>(config.cluster_classes * config.cluster_points);
    seen = std::clamp(0.3 * all, 1024.0, static_cast<double>(kPointsAtOnce));
    // As drawn and as tensors, and once more on the way.
    data = 4 * all * static_cast<double>(config.cluster_dims);
  }
  const double looking = seen * (0.6 * largest + probabilities + layers * (s.d + 2 * s.n) + s.d + 2.5 * s.v);

  const double weights = static_cast<double>(parameters) * (config.accumulation > 1 ? 4.5 : 4);
  return 4 * (weights + std::max(training, looking) + data) + 0.4e6;
}

}  // namespace switchyard
