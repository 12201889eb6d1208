// softmax(q k^T / sqrt(d_head)) v over the past and present, all heads, as one differentiable function
// with a hand-written backward. One task a sequence and head; projections are read and written in place.
//
// Thread safety: pure function.
#pragma once

#include "core/model/base/torch.h"

namespace switchyard {

// qkv [B, L, 3 d] fp32, its last dimension ordered (q, k, v) x heads x d_head -> [B, L, d].
// Products in `compute`, everything else in fp32.
at::Tensor causal_attention(const at::Tensor& qkv, std::int64_t heads, at::ScalarType compute);

}  // namespace switchyard
