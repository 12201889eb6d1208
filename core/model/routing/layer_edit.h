// What is done to an MoE layer's routing from outside, without a change of its weights: experts banned, muted,
// replaced or preferred, routes given, another rule to choose by. In training as in evaluation; gradients flow
// through what is left. An undefined tensor does nothing and costs nothing; a layer without an edit runs as if
// there were none.
//
// T tokens of the pass, N experts, A assignments before capacity in the order of Routing::experts: T k, or those
// of expert choice. All tensors on the model's device. Thread safety: values, not changed while a pass reads them.
#pragma once

#include <optional>
#include <vector>

#include "core/config/config.h"
#include "core/model/base/torch.h"

namespace switchyard {

struct LayerEdit {
  // [N] fp32, added to the logits, ahead of noise: choice, weights, p and losses see it, and the gate learns under
  // it. Not for hash and random, which have no logits.
  at::Tensor steer;
  // [N] bool, or [T, N] for each token its own: cannot be chosen, so the next best is. p and the weights of those
  // that are chosen stay what the gate says of them. Expert choice: does not take the token, nor another for it.
  // Hash: the next expert by number that the token lacks. At least k are left. By token not where sinkhorn or base
  // plan.
  at::Tensor banned;
  // [N] bool: chosen as ever, room and all, but adds nothing and learns nothing.
  at::Tensor silenced;
  // [A] bool: the same of single assignments.
  at::Tensor silenced_choices;
  // [N] int64 who computes in an expert's place, with its weight; itself where nobody does. Where two of a token's
  // experts come to one, it counts once, with both weights. Capacity is that of the expert that was chosen.
  at::Tensor stand_in;
  // [A] int64 the same of single assignments; -1: as stand_in says.
  at::Tensor stand_in_choices;
  // [T, k] int64: RoutingContext::forced.
  at::Tensor forced;
  // The rule to choose and weigh by, on the same logits. Not soft. sinkhorn and base go by the plan that they have
  // in training, over all the tokens of the pass.
  std::optional<Gate> gate;

  bool changes_output() const { return silenced.defined() || silenced_choices.defined() || stands_in(); }
  bool stands_in() const { return stand_in.defined() || stand_in_choices.defined(); }
};

// By block of the model; shorter than the model, or an edit of nothing: those blocks run as ever.
using LayerEdits = std::vector<LayerEdit>;

}  // namespace switchyard
