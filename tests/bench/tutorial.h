// The model of step_bench as tutorials write it: modules with weights of their own, attention with a mask, for each
// expert the tokens that chose it and index_add, torch's AdamW and gradient clipping.
#pragma once

#include "core/model/base/torch.h"  // before torch's own, which lean on it

#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adamw.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/config/config.h"

namespace switchyard {

class Tutorial {
 public:
  Tutorial(const Config& config, std::int64_t vocabulary)
      : config_(config), random_(at::detail::createCPUGenerator(1)), vocabulary_(vocabulary) {
    const std::int64_t d = config.d_model;
    tokens_ = weight({vocabulary, d});
    positions_ = weight({config.context, d});
    for (std::int64_t l = 0; l < config.layers; ++l) {
      Block block{norm(), norm(), linear(3 * d, d), linear(d, d), linear(config.experts, d), {}};
      for (std::int64_t e = 0; e < config.experts; ++e)
        block.experts.push_back({linear(config.d_ff, d), linear(config.d_ff, d), linear(d, config.d_ff)});
      blocks_.push_back(std::move(block));
    }
    last_ = norm();
    head_ = linear(vocabulary, d);
    optimizer_ = std::make_unique<torch::optim::AdamW>(parameters_, torch::optim::AdamWOptions(3e-4));
    ids_ = at::randint(vocabulary, {config.batch_size, config.context}, random_, at::kLong);
  }

  void step() {
    at::Tensor extra = at::zeros({});
    const at::Tensor logits = forward(extra);
    const at::Tensor loss =
        at::cross_entropy_loss(logits.view({-1, vocabulary_}), ids_.roll(-1, 1).flatten()) + 0.01 * extra;
    optimizer_->zero_grad();
    loss.backward();
    torch::nn::utils::clip_grad_norm_(parameters_, 1.0);
    optimizer_->step();
    loss.item<double>();
  }

 private:
  struct Affine {
    at::Tensor weight, bias;
    at::Tensor operator()(const at::Tensor& x) const { return at::linear(x, weight, bias); }
  };
  struct Expert {
    Affine w1, w3, w2;
    at::Tensor operator()(const at::Tensor& x) const { return w2(at::silu(w1(x)) * w3(x)); }
  };
  struct Block {
    Affine before_attention, before_experts, qkv, out, gate;
    std::vector<Expert> experts;
  };

  at::Tensor weight(std::vector<std::int64_t> shape) {
    const at::Tensor w =
        at::empty(shape).normal_(0, 1 / std::sqrt(static_cast<double>(shape.back())), random_).requires_grad_();
    parameters_.push_back(w);
    return w;
  }
  Affine linear(std::int64_t out, std::int64_t in) {
    Affine made{weight({out, in}), at::zeros({out}).requires_grad_()};
    parameters_.push_back(made.bias);
    return made;
  }
  Affine norm() {
    Affine made{at::ones({config_.d_model}).requires_grad_(), at::zeros({config_.d_model}).requires_grad_()};
    parameters_.push_back(made.weight);
    parameters_.push_back(made.bias);
    return made;
  }
  at::Tensor normed(const Affine& n, const at::Tensor& x) const {
    return at::layer_norm(x, {config_.d_model}, n.weight, n.bias);
  }

  at::Tensor forward(at::Tensor& extra) const {
    at::Tensor x = at::embedding(tokens_, ids_) + positions_;
    for (const Block& block : blocks_) {
      x = x + attention(block, normed(block.before_attention, x));
      x = x + experts(block, normed(block.before_experts, x), extra);
    }
    return head_(normed(last_, x));
  }

  at::Tensor attention(const Block& block, const at::Tensor& x) const {
    const std::int64_t batch = x.size(0), length = x.size(1), d = x.size(2), heads = config_.heads;
    const auto parts = block.qkv(x).split(d, 2);
    const auto split = [&](const at::Tensor& t) { return t.view({batch, length, heads, d / heads}).transpose(1, 2); };
    const at::Tensor later = at::ones({length, length}, at::kBool).triu(1);
    const at::Tensor scores = split(parts[0]).matmul(split(parts[1]).transpose(-2, -1)) / std::sqrt(static_cast<double>(d / heads));
    const at::Tensor p = at::softmax(scores.masked_fill(later, -INFINITY), -1);
    return block.out(p.matmul(split(parts[2])).transpose(1, 2).contiguous().view({batch, length, d}));
  }

  at::Tensor experts(const Block& block, const at::Tensor& in, at::Tensor& extra) const {
    const at::Tensor x = in.view({-1, in.size(2)}), logits = block.gate(x);
    const auto [values, chosen] = logits.topk(config_.top_k, -1);
    const at::Tensor weights = at::softmax(values, -1), probs = at::softmax(logits, -1);
    at::Tensor y = at::zeros_like(x), counts = at::zeros({config_.experts});
    for (std::int64_t e = 0; e < config_.experts; ++e) {
      const auto where = at::where(chosen == e);
      counts[e] = static_cast<double>(where[0].numel());
      if (where[0].numel() == 0) continue;
      const at::Tensor out = block.experts[static_cast<std::size_t>(e)](x.index_select(0, where[0]));
      y = y.index_add(0, where[0], out * weights.index({where[0], where[1]}).unsqueeze(-1));
    }
    extra = extra + static_cast<double>(config_.experts) * (counts / counts.sum() * probs.mean(0)).sum();
    return y.view(in.sizes());
  }

  Config config_;
  at::Generator random_;
  std::int64_t vocabulary_;
  std::vector<at::Tensor> parameters_;
  at::Tensor tokens_, positions_, ids_;
  std::vector<Block> blocks_;
  Affine last_, head_;
  std::unique_ptr<torch::optim::AdamW> optimizer_;
};

}  // namespace switchyard
