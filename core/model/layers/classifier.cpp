#include "core/model/layers/classifier.h"

#include <fmt/format.h>

#include <cmath>

#include "core/config/cost.h"
#include "core/model/functions/linear.h"

namespace switchyard {

Classifier::Classifier(const Config& config, const Initializer& first)
    : residual_(config.residual), mapped_(config.cluster_dims != config.d_model) {
  const std::int64_t d = config.d_model;
  Initializer init = first;
  if (residual_) init.residual_gain = 1.0 / std::sqrt(static_cast<double>(config.layers));
  const auto make_linear = [&](Parameter& weight, Parameter& bias, const std::string& name, std::int64_t out,
                               std::int64_t in) {
    weight.name = name + ".weight";
    weight.value = init.matrix({out, in});
    weight.decays = true;
    bias.name = name + ".bias";
    bias.value = init.constant({out}, 0.0);
  };
  if (config.shared_router && config.ffn == Ffn::moe && config.gate != Gate::soft)
    shared_gate_ = std::make_shared<LinearGate>(config, "model.shared_router.", init);
  if (mapped_) make_linear(map_, map_bias_, "model.input_map", d, config.cluster_dims);
  for (std::int64_t b = 0; b < config.layers; ++b) {
    const std::string prefix = fmt::format("model.layers.{}.", b);
    Block block;
    block.index = b;
    if (residual_) block.norm = Norm(config.norm, d, prefix + "input_layernorm", init);
    if (is_moe_block(config, b)) block.moe.emplace(config, b, prefix + "block_sparse_moe.", init, shared_gate_);
    else block.dense.emplace(1, d, config.d_ff, config.expert, prefix + "mlp.", init, config.expert_bias);
    blocks_.push_back(std::move(block));
  }
  if (residual_) final_norm_ = Norm(config.norm, d, "model.norm", init);
  make_linear(head_, head_bias_, "classifier", config.cluster_classes, d);
}

at::Tensor Classifier::logits_of(const at::Tensor& x, const PassContext& context) const {
  return linear(residual_ ? final_norm_.forward(x) : x, head_.value, head_bias_.value, context.compute);
}

ForwardPass Classifier::forward(const at::Tensor& x, const PassContext& context) const {
  return run(x, context, nullptr);
}

ForwardPass Classifier::run(const at::Tensor& points_in, const PassContext& context,
                            std::vector<at::Tensor>* inputs) const {
  const at::Tensor points = points_in.to(head_.value.device());
  const ExpertPass experts = context.experts();
  ForwardPass pass;
  at::Tensor x = mapped_ ? linear(points, map_.value, map_bias_.value, context.compute) : points;
  for (const Block& block : blocks_) {
    if (inputs) inputs->push_back(x);
    const at::Tensor h = residual_ ? block.norm.forward(x) : x;
    const at::Tensor y = block.moe ? block.moe->forward(h, context.routing, context.capacity, experts, pass.trace)
                                   : block.dense->forward_dense(h, experts.in_layer(block.index));
    x = residual_ ? x + y : y;
  }
  pass.logits = logits_of(x, context);
  return pass;
}

at::Tensor Classifier::reroute(const at::Tensor& points, const Detour& detour, const PassContext& asked) const {
  at::NoGradGuard no_grad;
  PassContext context = asked;
  context.capacity = {};
  std::vector<at::Tensor> inputs;
  const ForwardPass as_it_is = run(points, context, &inputs);
  const at::Tensor variants = detour.experts.to(head_.value.device());
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
    if (index == detour.block)
      x = inputs[b].narrow(0, detour.token, 1).expand({variants.size(0), inputs[b].size(1)}).contiguous();
    const at::Tensor h = residual_ ? block.norm.forward(x) : x;
    at::Tensor y;
    if (block.moe) {
      RoutingContext routing = context.routing;
      if (index == detour.block) routing.forced = variants;
      // What is drawn does not follow from the point: it was drawn.
      else if (routing.gate == Gate::random)
        routing.forced = as_it_is.trace[own_layer].routing.experts.narrow(0, detour.token, 1).expand_as(variants).contiguous();
      y = block.moe->forward(h, routing, context.capacity, experts, unused);
    } else {
      y = block.dense->forward_dense(h, experts);
    }
    x = residual_ ? x + y : y;
  }
  return logits_of(x, context);
}

void Classifier::balance(const std::vector<LayerRecord>& layers, double rate, BiasRule rule,
                         const MutedExperts& muted) {
  if (shared_gate_) return shared_gate_->balance(counts_of_all(layers), rate, rule, muted_of_any(muted));
  for (Block& block : blocks_)
    if (block.moe)
      for (std::size_t l = 0; l < layers.size(); ++l)
        if (layers[l].block == block.moe->block())
          block.moe->balance(layers[l].counts, rate, rule,
                             l < muted.size() ? muted[l] : std::vector<std::uint8_t>());
}

void Classifier::visit(const ParameterVisitor& visitor) {
  if (mapped_) {
    visitor(map_);
    visitor(map_bias_);
  }
  if (shared_gate_) shared_gate_->visit(visitor);
  for (Block& block : blocks_) {
    if (residual_) block.norm.visit(visitor);
    if (block.moe) block.moe->visit(visitor);
    if (block.dense) block.dense->visit(visitor);
  }
  if (residual_) final_norm_.visit(visitor);
  visitor(head_);
  visitor(head_bias_);
}

}  // namespace switchyard
