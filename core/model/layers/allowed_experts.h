// An MoE layer's decisions over the experts that could be chosen, where some were banned for all tokens
// (MoeTrace::banned): what the auxiliary losses are over. A banned expert gets no token whatever p says, so with
// it in p the balance losses would reward chances that lead nowhere. Thread safety: pure functions.
#pragma once

#include <vector>

#include "core/model/layers/moe_layer.h"

namespace switchyard {

// N is the number of the allowed, in their order: p renormalised over them with its gradient, choices, counts and
// noisy scores theirs. Logits, which the z-loss is over, stay all. Where nobody is banned, or tokens do not choose
// by p, as it is.
MoeTrace among_allowed(const MoeTrace& layer);
// `trace` itself where no layer bans; else each layer so, kept in `made`.
const std::vector<MoeTrace>& among_allowed(const std::vector<MoeTrace>& trace, std::vector<MoeTrace>& made);

// [N] to those of the allowed.
std::vector<std::int64_t> of_allowed(const std::vector<std::int64_t>& counts, const at::Tensor& banned);

}  // namespace switchyard
