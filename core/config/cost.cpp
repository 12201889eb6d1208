#include "core/config/cost.h"

namespace switchyard {

bool is_moe_block(const Config& config, std::int64_t block) {
  return config.ffn == Ffn::moe && block % config.moe_every == config.moe_every - 1;
}

ModelCost model_cost(const Config& config, std::int64_t vocabulary) {
  const std::int64_t d = config.d_model, ff = config.d_ff, n = config.experts, k = config.top_k;
  const std::int64_t matrices = is_gated(config.expert) ? 3 : 2;
  const std::int64_t expert_weights = matrices * d * ff;
  // Biases: ff for each matrix into the hidden layer, d for the one out of it.
  const std::int64_t expert_size = expert_weights + (matrices - 1) * ff + d;

  // A classifier has a map and a biased head in place of embeddings and head, and no attention; without residual
  // stream no norms either.
  const bool points = config.task == TaskKind::clusters;
  const bool normed = !points || config.residual;
  const std::int64_t map = points && config.cluster_dims != d ? config.cluster_dims * d : 0;
  ModelCost cost;
  const std::int64_t entry = points ? map + (map > 0 ? d : 0) : vocabulary * d + config.context * d;
  const std::int64_t head = points ? vocabulary * d + vocabulary : config.tied_head ? 0 : vocabulary * d;
  cost.parameters = cost.active_parameters = entry + head + (normed ? 2 * d : 0);
  double flops = 2.0 * static_cast<double>(map + vocabulary * d);

  const double tokens = static_cast<double>(config.batch_size * (points ? 1 : config.context));
  // Kept for the backward pass, floats a token: residual stream, logits and their gradient.
  double activations = static_cast<double>(2 * d + 3 * vocabulary);
  for (std::int64_t block = 0; block < config.layers; ++block) {
    const std::int64_t attention = points ? 0 : 4 * d * d + 4 * d;
    const std::int64_t norms = !normed ? 0 : points ? 2 * d : 4 * d;
    cost.parameters += attention + norms;
    cost.active_parameters += attention + norms;
    if (!points) flops += 2.0 * static_cast<double>(4 * d * d) + 2.0 * static_cast<double>(config.context * d);
    activations += static_cast<double>(points ? 3 * d : 9 * d + 2 * config.heads * config.context);
    if (is_moe_block(config, block)) {
      const std::int64_t gate = n * d * (config.learned_noise == LearnedNoise::none ? 1 : 2) + (config.router_bias ? n : 0);
      const std::int64_t s = config.shared_experts;  // one feed-forward of s ff, so one output bias
      const std::int64_t shared = s > 0 ? s * expert_weights + (matrices - 1) * s * ff + d : 0;
      cost.parameters += gate + shared + n * expert_size;
      cost.active_parameters += gate + shared + k * expert_size;
      flops += 2.0 * static_cast<double>(n * d + (k + s) * expert_weights);
      activations += static_cast<double>((k + s) * (2 * d + matrices * ff) + 4 * n);
    } else {
      cost.parameters += expert_size;
      cost.active_parameters += expert_size;
      flops += 2.0 * static_cast<double>(expert_weights);
      activations += static_cast<double>(2 * d + matrices * ff);
    }
  }
  cost.forward_flops_per_token = flops;
  cost.training_bytes = 4.0 * (4.0 * static_cast<double>(cost.parameters) + activations * tokens);
  return cost;
}

}  // namespace switchyard
