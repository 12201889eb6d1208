// Decoder-only character language model: token and position embeddings, blocks of causal attention A and a
// feed-forward F (MoE in every m-th block), tied or untied head. The whole architecture as formulas: README.md.
//
//   residual   x = x + A(norm(x)), x = x + F(norm(x)) in each block, a norm before the head (pre-norm, Xiong 2020)
//   bare       x = A(x), x = F(x), straight into the head; a token that loses all its experts is then 0
//
// Initialization: matrices normal(0, 1/sqrt(in)), those that write to a residual stream scaled by
// 1/sqrt(2 layers) (GPT-2), gates 0.02 so that routing starts near uniform; biases 0, norms 1. Positions are
// learnt, but start as sinusoids as tall as the token embeddings: attention finds "the character before" at once,
// where random positions leave it hundreds of steps on the bigram's plateau. Thread safety: belongs to one thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/base/records.h"
#include "core/config/config.h"
#include "core/model/base/model.h"
#include "core/model/layers/attention.h"
#include "core/model/layers/moe_layer.h"
#include "core/model/layers/norm.h"

namespace switchyard {

// The live part of the configuration, as one pass needs it.
struct PassContext {
  RoutingContext routing;
  CapacityRule capacity;
  at::ScalarType compute = at::kFloat;
  double expert_dropout = 0;

  ExpertPass experts() const { return {compute, expert_dropout, routing.draws}; }
};
// What the products of a model are done in on this machine; precision = auto means bf16 on CUDA devices, which have had it in
// hardware since 2020, and on processors that multiply it fast.
at::ScalarType compute_type(const Config& config);
// Training: noise and capacity as configured; draws.step and draws.first name the pass. Otherwise: no noise, and
// no dropping unless eval_capacity_factor is set.
PassContext pass_context(const Config& config, bool training, const Draws& draws);

struct ForwardPass {
  at::Tensor logits;            // [B, L, vocabulary]; of points [T, classes]
  std::vector<MoeTrace> trace;  // one per MoE layer, tokens in row-major order of [B, L]
};

class Transformer final : public Model {
 public:
  Transformer(const Config& config, std::int64_t vocabulary, const Initializer& init);

  // How often each token occurs in the training text, [vocabulary]: what gate = hash takes its tables from.
  void count_tokens(const std::vector<std::int64_t>& counts);

  // ids [B, L] int64, L <= context.
  ForwardPass forward(const at::Tensor& ids, const PassContext& context) const;
  // What the first block is given: token and position, [B, L, d].
  at::Tensor embed(const at::Tensor& ids) const;
  // [S, vocabulary]: what the model would predict behind one token, for each row of a detour. Gate weights are those of
  // the row, all other tokens keep their routes, later blocks route the token as they will; nothing is dropped. Not
  // for expert choice and soft mixing. No gradient.
  at::Tensor reroute(const at::Tensor& ids, const Detour& detour, const PassContext& context) const;
  // A shared router counts all layers.
  void balance(const std::vector<LayerRecord>& layers, double rate, BiasRule rule,
               const MutedExperts& muted) override;
  void visit(const ParameterVisitor& visitor) override;

 private:
  struct Block {
    Norm before_attention, before_ffn;  // residual only
    Attention attention;
    std::optional<MoeLayer> moe;
    std::optional<Experts> dense;
    std::int64_t index = 0;
  };

  // `inputs`, if wanted: what every block was given, [B, L, d].
  ForwardPass run(const at::Tensor& ids, const PassContext& context, std::vector<at::Tensor>* inputs) const;
  RoutingContext routing_of(const at::Tensor& ids, const PassContext& context) const;
  at::Tensor logits_of(const at::Tensor& x, const PassContext& context) const;
  at::Tensor normed(const Norm& norm, const at::Tensor& x) const { return residual_ ? norm.forward(x) : x; }
  // What a part of a block leaves of x, given what it made of it.
  at::Tensor joined(const at::Tensor& x, const at::Tensor& made) const { return residual_ ? x + made : made; }

  bool residual_, tied_head_;
  Parameter tokens_, positions_, head_;  // [V, d] [context, d] [V, d] (head: untied only)
  Parameter token_counts_;               // [V]
  // What hash_tables() makes of the counts; whoever visits may have written to those. Undefined: not made yet.
  mutable at::Tensor hash_tables_;
  mutable std::int64_t hash_experts_ = 0;  // that they are for
  std::shared_ptr<LinearGate> shared_gate_;
  std::vector<Block> blocks_;
  Norm final_norm_;  // residual only
};

}  // namespace switchyard
