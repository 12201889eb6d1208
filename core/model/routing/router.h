// A router decides, for each token, which experts handle it and how much each counts. It works on the scores
// of a gate (gate.h), which holds all parameters: so every router here is a pure rule, one a file, and can be
// exchanged while the model learns.
//
// Shapes: T tokens, N experts, k experts a token. Everything is fp32 whatever the model's precision.
// Selection carries no gradient; combine weights and probabilities do.
// Thread safety: pure functions.
#pragma once

#include <functional>
#include <memory>

#include "core/config/config.h"
#include "core/model/base/torch.h"
#include "core/model/kernels/draws.h"
#include "core/model/ranks/rank_group.h"
#include "core/model/routing/layer_edit.h"

namespace switchyard {

// What a gate says of T tokens.
struct GateScores {
  at::Tensor clean;  // [T, N] logits without noise: losses and metrics use these
  at::Tensor noisy;  // [T, N] what dispatch and weights use; the same tensor without noise
  at::Tensor spread; // [T, N] standard deviation of the Gaussian part of the noise; undefined: there is none
  at::Tensor bias;   // [N] b, added to what is chosen by, never to a weight; undefined: none
};

struct Routing {
  at::Tensor logits;   // [T, N] clean; undefined where the router has none
  at::Tensor probs;    // [T, N] p of the clean logits, rows sum to 1; undefined where the router has none
  at::Tensor experts;  // [T, k] int64, best first; equal scores go to the lower id
  at::Tensor weights;  // [T, k] combine weights, set before capacity
  // Expert choice alone: tokens differ in how many experts they have. experts and weights are then [assignments],
  // those of token t from start[t] to start[t + 1]. Empty: all have k.
  std::vector<std::int64_t> start;
};

// What of the configuration gates and routers go by.
struct RoutingRules {
  std::int64_t experts = 1, top_k = 1;
  Gate gate = Gate::softmax_renormalised;
  double route_scale = 1;            // sigmoid
  std::int64_t groups = 1;           // experts in groups of N / groups; 1: no limit
  std::int64_t groups_kept = 1;
  double noise_std = 0;              // logits; training only, as the next three
  double jitter = 0;                 // e: the router's copy of x times U(1 - e, 1 + e)
  double logit_dropout = 0;          // chance that a logit reads 0
  LearnedNoise learned_noise = LearnedNoise::none;
  double capacity_factor = 1;        // expert choice: mean experts a token

  bool operator==(const RoutingRules&) const = default;
};

// What gates and routers need from the pass they run in.
struct RoutingContext : RoutingRules {
  bool training = false;
  std::int64_t sequences = 1;        // T = sequences x length: the groups of expert choice and soft mixing
  // In training T = shards x length: what acts on the micro-batch acts on each. One that is too large for a rank's
  // part of the batch lies on shard_ranks, in order; then shards = 1.
  std::int64_t shards = 1;
  RankGroup* shard_ranks = nullptr;
  // Those that share out the experts; null: all are here. In training each has its own tokens, in evaluation all
  // the same.
  RankGroup* expert_ranks = nullptr;
  at::Tensor hash_tables;            // [k, V] int64, hash alone
  at::Tensor ids;                    // [T] int64 token ids, hash alone
  Draws draws;                       // what is drawn in training; of its layer alone the random gate in evaluation
  // [T, k] int64, rising or not: the experts to use in place of the router's own choice, which still decides their
  // weights. For what-if questions; not with expert choice and soft mixing. Undefined: it chooses.
  at::Tensor forced;
  // What is done to the layers from outside, all of them and the one that runs; null: nothing. The layer sets its
  // own.
  std::shared_ptr<const LayerEdits> edits;
  const LayerEdit* edit = nullptr;
  // Whether MoeTrace::norms are wanted: a second pass of the experts.
  bool norms = false;

  // [N] or [T, N] bool (layer_edit.h); undefined: every expert can be chosen.
  at::Tensor banned() const { return edit ? edit->banned : at::Tensor(); }
  // Whether sinkhorn and base choose by their plan.
  bool plans() const { return training || (edit && edit->gate); }
};

// softmax over the chosen (Shazeer 2017) or over all (Switch, Fedus 2021), chosen by p + b.
Routing route_softmax(const GateScores& scores, const RoutingContext& context);
// s = sigmoid(z), chosen by s + b, weight s / (sum of chosen s) x route_scale; p = s / sum s (DeepSeek-V3,
// 2412.19437). Both sums are those of a softmax of log s: weights sum to route_scale and p to 1 however low the
// logits.
Routing route_sigmoid(const GateScores& scores, const RoutingContext& context);
// Training: top-k of a balanced transport plan (Clark 2022, Megatron-LM); weight sigmoid(z) at k = 1, else
// softmax(z) as it is. Evaluation: greedy. The plan looks at the whole batch: not causal in training.
Routing route_sinkhorn(const GateScores& scores, const RoutingContext& context);
// Training: the assignment with the largest sum of z that gives every expert as many tokens
// (balanced_assignment.h; BASE, Lewis 2021, 2103.16716); k > 1: each further choice likewise, among the experts a
// token lacks. Weights and evaluation as route_sinkhorn: with the residual stream around it, x + sigmoid(z) E(x)
// is the paper's output. Not causal in training.
Routing route_base(const GateScores& scores, const RoutingContext& context);
// What the two have in common; `choices`: of training, [T, k] best first, from the noisy logits of those experts
// that can be chosen.
Routing balanced_in_training(const GateScores& scores, const RoutingContext& context,
                             const std::function<at::Tensor(const at::Tensor& noisy)>& choices);
// In each sequence of S tokens every expert takes the C = expert_capacity(capacity_factor, 1, S, N) tokens that want it
// most, with weight p (Zhou 2022). Equal p go to the earlier token. Not causal.
Routing route_expert_choice(const GateScores& scores, const RoutingContext& context);
// The tables' experts for the token's id, weight 1/k each (Roller 2021). No p, no logits.
Routing route_hash(const GateScores& scores, const RoutingContext& context);
// k tables token id -> expert, [k, V] int64, balanced by how often each id occurs: the most frequent id first, to the
// expert with least so far; ties to the lower id. An id has k different experts. counts [V] fp32.
at::Tensor hash_tables(const at::Tensor& counts, std::int64_t experts, std::int64_t top_k);
// k different experts at random with weight 1/k: the control for every claim of specialization. No p, no
// logits. In evaluation the same at every call, whatever training has drawn.
Routing route_random(const GateScores& scores, const RoutingContext& context);

// By the rule that context.gate names; soft mixing has no choices and is soft_mixing.h.
Routing route(const GateScores& scores, const RoutingContext& context);

// Indices [T, k] (int64) of the k largest of each row of scores [T, N] fp32, best first; ties go to the
// lower index, which at::topk does not promise.
at::Tensor select_top_k(const at::Tensor& scores, std::int64_t k);

// The same without those that are banned, [N] or [T, N] bool or undefined.
at::Tensor select_allowed(const at::Tensor& scores, std::int64_t k, const at::Tensor& banned);

// Which experts a token gets where it chooses by s, the exponential of log_s (up to a factor of its row): the k
// best by s + b among the groups_kept best groups of neighbouring experts, a group counting the sum of its two
// best (DeepSeek-V3). One group: no limit. Banned experts are no part of a group; where its groups have too few
// others, a token gets those with the lowest ids of the rest. Without b the order is that of the noisy logits,
// which are apart where s has no digits left.
at::Tensor select_experts(const GateScores& scores, const at::Tensor& log_s, const RoutingContext& context);

}  // namespace switchyard
