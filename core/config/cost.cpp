#include "core/config/cost.h"

#include <algorithm>
#include <cmath>

#include "core/config/training_memory.h"

namespace switchyard {
namespace {

// Tokens that compete for experts where those choose: a sequence, or all points of a shard.
std::int64_t group_tokens(const Config& config) {
  return config.task == TaskKind::clusters ? config.batch_size / config.shards : config.context;
}

// How many experts compute a token, on average over its group.
double experts_a_token(const Config& config) {
  const double n = static_cast<double>(config.experts), length = static_cast<double>(group_tokens(config));
  if (config.gate == Gate::soft) return n * static_cast<double>(config.slots) / length;
  if (config.gate != Gate::expert_choice) return static_cast<double>(config.top_k);
  return n * static_cast<double>(expert_capacity(config.capacity_factor, 1, group_tokens(config), config.experts)) / length;
}

// Of the experts' parameters, those that one token meets.
std::int64_t experts_met(const Config& config) {
  if (config.gate == Gate::soft) return config.experts;
  return std::clamp<std::int64_t>(std::llround(experts_a_token(config)), 1, config.experts);
}

std::int64_t gate_parameters(const Config& config) {
  const std::int64_t n = config.experts, d = config.d_model;
  if (config.gate == Gate::soft) return n * config.slots * d + 1;
  return (n * d + (config.router_bias ? n : 0)) * (config.learned_noise == LearnedNoise::none ? 1 : 2);
}

// Multiply-adds of routing a token; soft: scores, mixing and unmixing.
std::int64_t gate_products(const Config& config) {
  return config.experts * config.d_model * (config.gate == Gate::soft ? 3 * config.slots : 1);
}

}  // namespace

ModelCost model_cost(const Config& config, std::int64_t vocabulary) {
  const std::int64_t d = config.d_model, ff = config.d_ff, n = config.experts;
  const std::int64_t norm = config.norm == NormKind::rmsnorm ? d : 2 * d;
  const std::int64_t matrices = is_gated(config.expert) ? 3 : 2;
  const std::int64_t expert_weights = matrices * d * ff;
  // Biases: ff for each matrix into the hidden layer, d for the one out of it.
  const auto biases = [&](std::int64_t width) { return config.expert_bias ? (matrices - 1) * width + d : 0; };
  const std::int64_t expert_size = expert_weights + biases(ff);

  // A classifier has a map and a biased head in place of embeddings and head, and no attention; without residual
  // stream no norms either.
  const bool points = config.task == TaskKind::clusters;
  const std::int64_t map = points && config.cluster_dims != d ? config.cluster_dims * d : 0;
  const std::int64_t norms_a_block = !config.residual ? 0 : points ? 1 : 2;
  ModelCost cost;
  const std::int64_t entry = points ? map + (map > 0 ? d : 0) : vocabulary * d + config.context * d;
  const std::int64_t head = points ? vocabulary * d + vocabulary : config.tied_head ? 0 : vocabulary * d;
  cost.parameters = cost.active_parameters = entry + head + (norms_a_block > 0 ? norm : 0);
  double flops = 2.0 * static_cast<double>(map + vocabulary * d);

  std::int64_t routers = 0;
  for (std::int64_t block = 0; block < config.layers; ++block) {
    const std::int64_t attention = points ? 0 : 4 * d * d + (config.attention_bias ? 4 * d : 0);
    cost.parameters += attention + norms_a_block * norm;
    cost.active_parameters += attention + norms_a_block * norm;
    if (!points) flops += 2.0 * static_cast<double>(4 * d * d) + 2.0 * static_cast<double>(config.context * d);
    if (is_moe_block(config, block)) {
      const std::int64_t gate = config.shared_router && config.gate != Gate::soft && routers > 0 ? 0 : gate_parameters(config);
      ++routers;
      const double k = experts_a_token(config);
      const std::int64_t s = config.shared_experts;  // one feed-forward of s ff, so one output bias
      const std::int64_t shared = s > 0 ? s * expert_weights + biases(s * ff) : 0;
      cost.parameters += gate + shared + n * expert_size;
      cost.active_parameters += gate + shared + experts_met(config) * expert_size;
      flops += 2.0 * (static_cast<double>(gate_products(config)) +
                      (k + static_cast<double>(s)) * static_cast<double>(expert_weights));
    } else {
      cost.parameters += expert_size;
      cost.active_parameters += expert_size;
      flops += 2.0 * static_cast<double>(expert_weights);
    }
  }
  cost.forward_flops_per_token = flops;
  cost.training_bytes = training_bytes(config, vocabulary, cost.parameters);
  return cost;
}

Config dense_equal(const Config& config, std::int64_t vocabulary) {
  const double wanted = model_cost(config, vocabulary).forward_flops_per_token;
  Config dense = config;
  dense.ffn = Ffn::dense;
  const auto flops = [&](std::int64_t width) {
    dense.d_ff = width;
    return model_cost(dense, vocabulary).forward_flops_per_token;
  };
  // Linear in the width.
  const double base = flops(0), slope = flops(1) - base;
  dense.d_ff = std::max<std::int64_t>(1, std::llround((wanted - base) / slope));
  return dense;
}

}  // namespace switchyard
