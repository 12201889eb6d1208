#include "core/model/layers/transformer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/config/cost.h"
#include "core/model/functions/linear.h"
#include "core/model/kernels/bf16.h"

namespace switchyard {

at::ScalarType compute_type(const Config& config) {
  const bool on_cuda = config.device != DeviceChoice::cpu && at::hasCUDA();
  const bool rounded =
      config.precision == Precision::bf16 || (config.precision == Precision::automatic && (on_cuda || has_fast_bf16()));
  return rounded ? at::kBFloat16 : at::kFloat;
}

PassContext pass_context(const Config& config, bool training, const Draws& draws) {
  PassContext context;
  context.routing.training = training;
  context.routing.experts = config.experts;
  context.routing.top_k = config.top_k;
  context.routing.gate = config.gate;
  context.routing.route_scale = config.route_scale;
  context.routing.groups = config.route_groups;
  context.routing.groups_kept = config.route_groups_kept;
  context.routing.noise_std = config.noise_std;
  context.routing.jitter = config.jitter;
  context.routing.logit_dropout = config.logit_dropout;
  context.routing.learned_noise = config.learned_noise;
  context.routing.capacity_factor =
      training || config.eval_capacity_factor == 0 ? config.capacity_factor : config.eval_capacity_factor;
  context.routing.draws = draws;
  context.routing.draws.seed = draw_seed(config);
  if (training) {
    context.expert_dropout = config.expert_dropout;
    context.routing.shards = config.shards;
    // Points know no other sequences.
    if (config.task == TaskKind::clusters) context.routing.sequences = config.shards;
    context.capacity = {config.overflow, config.capacity_factor};
  } else if (config.eval_capacity_factor > 0 && config.overflow != Overflow::dropless) {
    context.capacity = {config.overflow, config.eval_capacity_factor};
  }
  context.compute = compute_type(config);
  return context;
}

Transformer::Transformer(const Config& config, std::int64_t vocabulary, const Initializer& first)
    : residual_(config.residual), tied_head_(config.tied_head) {
  const std::int64_t d = config.d_model;
  Initializer init = first;
  if (residual_) init.residual_gain = 1.0 / std::sqrt(2.0 * static_cast<double>(config.layers));
  // A tied embedding is the head as well, so it starts at a head's size.
  const double embedding_std = tied_head_ ? 1.0 / std::sqrt(static_cast<double>(d)) : 0.5;
  tokens_.name = "model.embed_tokens.weight";
  tokens_.value = init.normal({vocabulary, d}, embedding_std);
  positions_.name = "model.embed_positions.weight";
  positions_.value = init.sinusoids(config.context, d, embedding_std);
  tokens_.decays = positions_.decays = true;
  token_counts_.name = "model.token_counts";
  token_counts_.value = init.constant({vocabulary}, 0.0).requires_grad_(false);
  token_counts_.trained = false;
  if (config.shared_router && config.ffn == Ffn::moe && config.gate != Gate::soft)
    shared_gate_ = std::make_shared<LinearGate>(config, "model.shared_router.", init);
  for (std::int64_t b = 0; b < config.layers; ++b) {
    const std::string prefix = fmt::format("model.layers.{}.", b);
    const auto norm = [&](const char* name) {
      return residual_ ? Norm(config.norm, d, prefix + name, init) : Norm();
    };
    Block block{norm("input_layernorm"),
                norm("post_attention_layernorm"),
                Attention(d, config.heads, config.attention_bias, prefix + "self_attn.", init),
                {},
                {},
                b};
    if (is_moe_block(config, b)) block.moe.emplace(config, b, prefix + "block_sparse_moe.", init, shared_gate_);
    else block.dense.emplace(1, d, config.d_ff, config.expert, prefix + "mlp.", init, config.expert_bias);
    blocks_.push_back(std::move(block));
  }
  if (residual_) final_norm_ = Norm(config.norm, d, "model.norm", init);
  if (!tied_head_) {
    head_.name = "lm_head.weight";
    // Half the size that learns soonest: the first loss is then still that of a guess, ln V.
    head_.value = init.matrix({vocabulary, d}, 0.5);
    head_.decays = true;
  }
}

RoutingContext Transformer::routing_of(const at::Tensor& ids, const PassContext& context) const {
  RoutingContext routing = context.routing;
  routing.sequences = ids.size(0);
  const bool tried = routing.edits && std::any_of(routing.edits->begin(), routing.edits->end(),
                                                  [](const LayerEdit& edit) { return edit.gate == Gate::hash; });
  if (routing.gate == Gate::hash || tried) {
    routing.ids = ids.flatten();
    if (routing.hash_tables.defined()) {
      routing.hash_tables = routing.hash_tables.to(ids.device());
      return routing;
    }
    const bool fits =
        hash_tables_.defined() && hash_tables_.size(0) == routing.top_k && hash_experts_ == routing.experts;
    if (!fits) {
      hash_tables_ = hash_tables(token_counts_.value, routing.experts, routing.top_k).to(ids.device());
      hash_experts_ = routing.experts;
    }
    routing.hash_tables = hash_tables_;
  }
  return routing;
}

at::Tensor Transformer::logits_of(const at::Tensor& x, const PassContext& context) const {
  return linear(normed(final_norm_, x), tied_head_ ? tokens_.value : head_.value, {}, context.compute);
}

ForwardPass Transformer::forward(const at::Tensor& ids, const PassContext& context) const {
  return run(ids, context, nullptr);
}

at::Tensor Transformer::embed(const at::Tensor& ids) const {
  const at::Tensor here = ids.to(tokens_.value.device());
  return at::embedding(tokens_.value, here) + positions_.value.narrow(0, 0, here.size(1));
}

ForwardPass Transformer::run(const at::Tensor& ids_in, const PassContext& context,
                             std::vector<at::Tensor>* inputs) const {
  const at::Tensor ids = ids_in.to(tokens_.value.device());
  const std::int64_t batch = ids.size(0), length = ids.size(1);
  const RoutingContext routing = routing_of(ids, context);
  const ExpertPass experts = context.experts();
  ForwardPass pass;
  at::Tensor x = embed(ids);
  const std::int64_t width = x.size(2);
  for (const Block& block : blocks_) {
    if (inputs) inputs->push_back(x);
    x = joined(x, block.attention.forward(normed(block.before_attention, x), context.compute));
    const at::Tensor h = normed(block.before_ffn, x).view({batch * length, width});
    const at::Tensor y = block.moe ? block.moe->forward(h, routing, context.capacity, experts, pass.trace)
                                   : block.dense->forward_dense(h, experts.in_layer(block.index));
    x = joined(x, y.view({batch, length, width}));
  }
  pass.logits = logits_of(x, context);
  return pass;
}

at::Tensor Transformer::reroute(const at::Tensor& ids_in, const Detour& detour, const PassContext& asked) const {
  at::NoGradGuard no_grad;
  PassContext context = asked;
  context.capacity = {};
  const at::Tensor ids = ids_in.to(tokens_.value.device());
  const std::int64_t length = ids.size(1), sequence = detour.token / length, position = detour.token % length;
  std::vector<at::Tensor> inputs;
  const ForwardPass as_it_is = run(ids, context, &inputs);

  const at::Tensor variants = detour.experts.to(ids.device());
  const std::int64_t count = variants.size(0);
  RoutingContext routing = routing_of(ids, context);
  routing.sequences = 1;
  if (routing.ids.defined()) routing.ids = routing.ids.narrow(0, detour.token, 1).expand({count}).contiguous();
  const ExpertPass experts(context.compute);
  std::vector<MoeTrace> unused;
  std::size_t layer = 0;
  at::Tensor x;  // [S, d], from the detour's block on
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const Block& block = blocks_[b];
    const std::size_t own_layer = layer;
    if (block.moe) ++layer;
    const auto index = static_cast<std::int64_t>(b);
    if (index < detour.block) continue;
    const at::Tensor all = inputs[b][sequence];
    if (index == detour.block) x = all.narrow(0, position, 1);
    x = joined(x, block.attention.forward_last(normed(block.before_attention, all.narrow(0, 0, position)),
                                               normed(block.before_attention, x), context.compute));
    if (index == detour.block) x = x.expand({count, x.size(1)}).contiguous();
    const at::Tensor h = normed(block.before_ffn, x);
    if (!block.moe) {
      x = joined(x, block.dense->forward_dense(h, experts));
      continue;
    }
    routing.forced = at::Tensor();
    if (index == detour.block) routing.forced = variants;
    // What is drawn does not follow from the token: it was drawn.
    else if (routing.gate == Gate::random)
      routing.forced = as_it_is.trace[own_layer].routing.experts.narrow(0, detour.token, 1).expand_as(variants).contiguous();
    x = joined(x, block.moe->forward(h, routing, context.capacity, experts, unused));
  }
  return logits_of(x, context);
}

void Transformer::balance(const std::vector<LayerRecord>& layers, double rate, BiasRule rule,
                          const MutedExperts& muted) {
  if (shared_gate_) return shared_gate_->balance(counts_of_all(layers), rate, rule, muted_of_any(muted));
  for (Block& block : blocks_)
    if (block.moe)
      for (std::size_t l = 0; l < layers.size(); ++l)
        if (layers[l].block == block.moe->block())
          block.moe->balance(layers[l].counts, rate, rule,
                             l < muted.size() ? muted[l] : std::vector<std::uint8_t>());
}

void Transformer::count_tokens(const std::vector<std::int64_t>& counts) {
  hash_tables_.reset();
  token_counts_.value.copy_(torch::tensor(counts, at::kFloat));
}

void Transformer::visit(const ParameterVisitor& visitor) {
  hash_tables_.reset();
  visitor(tokens_);
  visitor(positions_);
  visitor(token_counts_);
  if (shared_gate_) shared_gate_->visit(visitor);
  for (Block& block : blocks_) {
    if (residual_) block.before_attention.visit(visitor);
    block.attention.visit(visitor);
    if (residual_) block.before_ffn.visit(visitor);
    if (block.moe) block.moe->visit(visitor);
    if (block.dense) block.dense->visit(visitor);
  }
  if (residual_) final_norm_.visit(visitor);
  if (!tied_head_) visitor(head_);
}

}  // namespace switchyard
