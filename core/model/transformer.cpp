#include "core/model/transformer.h"

#include <fmt/format.h>

#include <cmath>

#include "core/config/cost.h"
#include "core/model/linear.h"

namespace switchyard {

PassContext pass_context(const Config& config, bool training, const at::Generator& noise) {
  PassContext context;
  context.routing.training = training;
  context.routing.top_k = config.top_k;
  context.routing.gate = config.gate;
  context.routing.noise_std = config.noise_std;
  context.routing.noise = noise;
  if (training) {
    context.capacity = {config.overflow, config.capacity_factor};
  } else if (config.eval_capacity_factor > 0 && config.overflow != Overflow::dropless) {
    context.capacity = {config.overflow, config.eval_capacity_factor};
  }
  context.compute = config.precision == Precision::bf16 ? at::kBFloat16 : at::kFloat;
  return context;
}

Transformer::Norm::Norm(std::int64_t width, const std::string& prefix, const Initializer& init) {
  weight.name = prefix + ".weight";
  weight.value = init.constant({width}, 1.0);
  bias.name = prefix + ".bias";
  bias.value = init.constant({width}, 0.0);
}

at::Tensor Transformer::Norm::forward(const at::Tensor& x) const {
  return at::layer_norm(x, {x.size(-1)}, weight.value, bias.value, 1e-5);
}

Transformer::Transformer(const Config& config, std::int64_t vocabulary, const Initializer& init)
    : tied_head_(config.tied_head) {
  const std::int64_t d = config.d_model;
  const double output_std = 0.02 / std::sqrt(2.0 * static_cast<double>(config.layers));
  tokens_.name = "model.embed_tokens.weight";
  tokens_.value = init.normal({vocabulary, d}, 0.02);
  positions_.name = "model.embed_positions.weight";
  positions_.value = init.normal({config.context, d}, 0.005);
  tokens_.decays = positions_.decays = true;
  for (std::int64_t b = 0; b < config.layers; ++b) {
    const std::string prefix = fmt::format("model.layers.{}.", b);
    Block block{Norm(d, prefix + "input_layernorm", init), Norm(d, prefix + "post_attention_layernorm", init),
                Attention(d, config.heads, prefix + "self_attn.", output_std, init), {}, {}};
    if (is_moe_block(config, b)) block.moe.emplace(config, b, prefix + "block_sparse_moe.", output_std, init);
    else block.dense.emplace(1, d, config.d_ff, config.expert, prefix + "mlp.", output_std, init);
    blocks_.push_back(std::move(block));
  }
  final_norm_ = Norm(d, "model.norm", init);
  if (!tied_head_) {
    head_.name = "lm_head.weight";
    head_.value = init.normal({vocabulary, d}, 0.02);
    head_.decays = true;
  }
}

ForwardPass Transformer::forward(const at::Tensor& ids, const PassContext& context) const {
  const std::int64_t batch = ids.size(0), length = ids.size(1);
  ForwardPass pass;
  at::Tensor x = at::embedding(tokens_.value, ids) + positions_.value.narrow(0, 0, length);
  const std::int64_t width = x.size(2);
  for (const Block& block : blocks_) {
    x = x + block.attention.forward(block.before_attention.forward(x), context.compute);
    const at::Tensor h = block.before_ffn.forward(x).view({batch * length, width});
    const at::Tensor y = block.moe ? block.moe->forward(h, context.routing, context.capacity, context.compute, pass.trace)
                                   : block.dense->forward_dense(h, context.compute);
    x = x + y.view({batch, length, width});
  }
  pass.logits = linear(final_norm_.forward(x), tied_head_ ? tokens_.value : head_.value, {}, context.compute);
  return pass;
}

void Transformer::visit(const ParameterVisitor& visitor) {
  visitor(tokens_);
  visitor(positions_);
  const auto visit_norm = [&](Norm& norm) {
    visitor(norm.weight);
    visitor(norm.bias);
  };
  for (Block& block : blocks_) {
    visit_norm(block.before_attention);
    block.attention.visit(visitor);
    visit_norm(block.before_ffn);
    if (block.moe) block.moe->visit(visitor);
    if (block.dense) block.dense->visit(visitor);
  }
  visit_norm(final_norm_);
  if (!tied_head_) visitor(head_);
}

}  // namespace switchyard
