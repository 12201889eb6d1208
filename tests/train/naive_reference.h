// The model and its training step written the plainest way, from the definitions alone: one token, one
// choice, one parameter at a time, gradients by autograd. Shares no code with the engine but the batches.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/records.h"
#include "core/config/config.h"
#include "core/model/base/torch.h"

namespace switchyard {

class NaiveReference {
 public:
  NaiveReference(const Config& config, const std::vector<NamedTensor>& weights) : config_(config) {
    for (const NamedTensor& tensor : weights) {
      w_[tensor.name] = torch::tensor(tensor.values).view(tensor.shape).requires_grad_();
      first_[tensor.name] = at::zeros(tensor.shape);
      second_[tensor.name] = at::zeros(tensor.shape);
    }
  }

  // Experts of a token in a layer in place of its own choice: (layer, token of the batch) -> experts.
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::int64_t>> forced;

  // Cross-entropy of one batch [B, L]; aux terms are added to `total`.
  at::Tensor loss(const at::Tensor& ids, const at::Tensor& targets, at::Tensor& total) const {
    at::Tensor extra;
    const at::Tensor ce = token_losses(ids, targets, extra).mean();
    total = ce + extra;
    return ce;
  }

  const at::Tensor& weight(const std::string& name) const { return w(name); }

  // [B L] of each token, and the aux terms.
  at::Tensor token_losses(const at::Tensor& ids, const at::Tensor& targets, at::Tensor& aux) const {
    const std::int64_t batch = ids.size(0), length = ids.size(1);
    std::vector<at::Tensor> sequences;
    for (std::int64_t b = 0; b < batch; ++b)
      sequences.push_back(w("model.embed_tokens.weight").index_select(0, ids[b]) +
                          w("model.embed_positions.weight").narrow(0, 0, length));
    at::Tensor extra = at::zeros({});
    for (std::int64_t layer = 0; layer < config_.layers; ++layer) {
      const std::string prefix = "model.layers." + std::to_string(layer) + ".";
      for (at::Tensor& x : sequences)
        x = joined(x, attention(norm(x, prefix + "input_layernorm"), prefix + "self_attn."));
      at::Tensor h = norm(at::cat(sequences), prefix + "post_attention_layernorm");
      const at::Tensor y = moe(h, layer, prefix + "block_sparse_moe.", extra);
      for (std::int64_t b = 0; b < batch; ++b) sequences[b] = joined(sequences[b], y.narrow(0, b * length, length));
    }
    const at::Tensor logits = norm(at::cat(sequences), "model.norm").mm(w("model.embed_tokens.weight").t());
    const at::Tensor log_p = logits - at::logsumexp(logits, -1, true);
    aux = extra;
    return -log_p.gather(1, targets.reshape({-1, 1})).squeeze(1);
  }

  // One AdamW step on the gradients that are there, clipped.
  void update(std::int64_t step, double rate) {
    at::NoGradGuard no_grad;
    // An expert that no token reached has no gradient here, and a zero one in the engine.
    for (auto& [name, value] : w_)
      if (!value.grad().defined()) value.mutable_grad() = at::zeros_like(value);
    double square = 0;
    for (auto& [name, value] : w_) square += value.grad().square().sum().item<double>();
    const double norm = std::sqrt(square);
    const double clip = norm > config_.grad_clip ? config_.grad_clip / norm : 1.0;
    for (auto& [name, value] : w_) {
      const at::Tensor g = value.grad() * clip;
      first_[name] = config_.beta1 * first_[name] + (1 - config_.beta1) * g;
      second_[name] = config_.beta2 * second_[name] + (1 - config_.beta2) * g * g;
      const at::Tensor m = first_[name] / (1 - std::pow(config_.beta1, step));
      const at::Tensor v = second_[name] / (1 - std::pow(config_.beta2, step));
      if (value.dim() == 2) value.mul_(1 - rate * config_.weight_decay);
      value.sub_(rate * m / (v.sqrt() + 1e-8));
      value.mutable_grad().reset();
    }
  }

 private:
  const at::Tensor& w(const std::string& name) const { return w_.at(name); }

  at::Tensor joined(const at::Tensor& x, const at::Tensor& made) const { return config_.residual ? x + made : made; }

  at::Tensor norm(const at::Tensor& x, const std::string& name) const {
    if (!config_.residual) return x;
    const at::Tensor centred = x - x.mean(-1, true);
    return centred / (centred.square().mean(-1, true) + 1e-5).sqrt() * w(name + ".weight") + w(name + ".bias");
  }

  at::Tensor project(const at::Tensor& x, const std::string& name) const {
    return x.mm(w(name + ".weight").t()) + w(name + ".bias");
  }

  at::Tensor attention(const at::Tensor& x, const std::string& prefix) const {
    const std::int64_t length = x.size(0), head = config_.d_model / config_.heads;
    const at::Tensor q = project(x, prefix + "q_proj"), k = project(x, prefix + "k_proj"), v = project(x, prefix + "v_proj");
    std::vector<at::Tensor> heads;
    for (std::int64_t h = 0; h < config_.heads; ++h) {
      const auto part = [&](const at::Tensor& t) { return t.narrow(1, h * head, head); };
      std::vector<at::Tensor> rows;
      for (std::int64_t t = 0; t < length; ++t) {
        const at::Tensor scores = part(k).narrow(0, 0, t + 1).mv(part(q)[t]) / std::sqrt(static_cast<double>(head));
        rows.push_back(at::softmax(scores, 0).unsqueeze(0).mm(part(v).narrow(0, 0, t + 1)));
      }
      heads.push_back(at::cat(rows));
    }
    return project(at::cat(heads, 1), prefix + "o_proj");
  }

  at::Tensor moe(const at::Tensor& x, std::int64_t layer, const std::string& prefix, at::Tensor& extra) const {
    const std::int64_t tokens = x.size(0), n = config_.experts;
    const at::Tensor logits = x.mm(w(prefix + "gate.weight").t());
    const at::Tensor p = at::softmax(logits, -1);
    std::vector<double> counts(n, 0.0);
    std::vector<at::Tensor> rows;
    for (std::int64_t t = 0; t < tokens; ++t) {
      std::vector<std::int64_t> order(n);
      for (std::int64_t e = 0; e < n; ++e) order[e] = e;
      std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        return logits[t][a].item<float>() > logits[t][b].item<float>();
      });
      if (const auto other = forced.find({layer, t}); other != forced.end())
        std::copy(other->second.begin(), other->second.end(), order.begin());
      at::Tensor sum = at::zeros({}), row = at::zeros({x.size(1)});
      for (std::int64_t j = 0; j < config_.top_k; ++j) sum = sum + p[t][order[j]];
      for (std::int64_t j = 0; j < config_.top_k; ++j) {
        const std::string expert = prefix + "experts." + std::to_string(order[j]) + ".";
        const at::Tensor in = x.narrow(0, t, 1);
        const at::Tensor h1 = project(in, expert + "w1");
        const at::Tensor a = h1 * at::sigmoid(h1) * project(in, expert + "w3");
        row = row + p[t][order[j]] / sum * project(a, expert + "w2")[0];
        counts[order[j]] += 1;
      }
      rows.push_back(row);
    }
    at::Tensor balance = at::zeros({});
    for (std::int64_t e = 0; e < n; ++e)
      balance = balance + static_cast<double>(n) * counts[e] / static_cast<double>(tokens * config_.top_k) * p.select(1, e).mean();
    const at::Tensor z = (at::exp(logits).sum(-1).log()).square().mean();
    extra = extra + config_.aux_coef * balance + config_.z_coef * z;
    return at::stack(rows);
  }

  Config config_;
  std::map<std::string, at::Tensor> w_, first_, second_;
};

}  // namespace switchyard
