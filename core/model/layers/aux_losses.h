// Auxiliary losses of one MoE layer, without their coefficients. T tokens, N experts, k a token, p = router
// probabilities of the clean logits z, P = mean_t p, c = assignments before capacity, f = c / sum c. Selection and
// f carry no gradient, p and z do.
//
//                                                             at uniform load
//   switch      N sum_i f_i P_i                                1   Fedus 2021, eq. 4
//   gshard      N sum_i (first choices of i / T) P_i           1   Lepikhin 2020, times N^2
//   importance  CV^2 of sum_t p[t, i]                          0   V-MoE; Shazeer 2017 on all of the softmax
//   load        CV^2 of sum_t Phi((z - kth largest noisy logit without i) / sigma)   0   Shazeer 2017, eq. 8 to 10
//   mse-prob    mean_i (P_i - 1/N)^2                           0   blind to what is chosen
//   mse-load    sum_i (f_i - 1/N)^2                            0   no gradient
//   sequence    mean over sequences of sum_i g_i P_i, g_i = N / (k L) x times i is among the top k of p without
//               the selection bias                             1   DeepSeek-V3, 2412.19437
//   z           mean_t (logsumexp z_t)^2               (ln N)^2   ST-MoE, Zoph 2022
//
// Where experts are banned all of it is over the others: what comes in is among_allowed() (allowed_experts.h), N
// their number. CV^2 is the population variance over the squared mean, computed directly: a standard deviation has
// no gradient at 0. Thread safety: pure functions.
#pragma once

#include <optional>
#include <vector>

#include "core/base/aux_loss.h"
#include "core/config/config.h"
#include "core/model/layers/moe_layer.h"

namespace switchyard {

struct LossContext {
  std::int64_t sequences = 1;  // T = sequences x length
  BalanceScope scope = BalanceScope::micro;
  // The counts the Switch loss takes f from with scope global: all micro-batches of the step so far, this one
  // included (Qiu 2025, 2501.11873, with its buffer); with global-exact those of the whole step, so that the mean
  // over its micro-batches is the loss of the whole batch. Null: this one's.
  const std::vector<std::int64_t>* step_counts = nullptr;
  // T = shards x length: a loss is the mean of the shards', each by its own counts and P. Of a shard that lies on
  // several ranks (then shards = 1) all of them make the same of it; others' losses are means over this rank's
  // tokens.
  std::int64_t shards = 1;
  RankGroup* shard_ranks = nullptr;
  // Of this layer, where they have been asked for already (ShardFigures). Undefined: they are now.
  at::Tensor counts = {}, mean_probs = {};
};

// What most losses need of all ranks that a shard lies on, of all layers in one message a kind: a message costs as
// much as many numbers do. First choices (gshard) and chances (load) are still a layer's own.
struct ShardFigures {
  std::vector<at::Tensor> counts;      // [layers] as shard_counts
  std::vector<at::Tensor>
      prob_sums;  // [layers][shards, N] fp64, sums of p over a shard's tokens; with shard_ranks
  std::vector<at::Tensor> mean_probs;  // [layers] P [shards, N], with its gradient; undefined where there is none
};
// `with_probs`: with P too. Collective with shard_ranks.
ShardFigures shard_figures(const std::vector<MoeTrace>& trace, std::int64_t shards, RankGroup* shard_ranks,
                           bool with_probs);

// [shards, N] fp64: how often each shard's tokens chose each expert, before capacity. Undefined where no token
// does: soft mixing, experts that choose. Collective with shard_ranks.
at::Tensor shard_counts(const MoeTrace& layer, std::int64_t shards, RankGroup* shard_ranks);

// Undefined where the loss has no meaning for what the layer did: no probabilities, or for `load` no noise.
at::Tensor aux_loss(AuxLoss loss, const MoeTrace& layer, const LossContext& context = {});

}  // namespace switchyard
