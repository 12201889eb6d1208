// Auxiliary losses of one MoE layer, without their coefficients. Scalars, differentiable.
// Inputs: clean logits z and probabilities p [T, N], fp32; counts [N] before capacity.
#pragma once

#include <cstdint>
#include <vector>

#include "core/model/torch.h"

namespace switchyard {

// N sum_i f_i P_i with f_i = c_i / sum c (no gradient), P_i = mean_t p[t, i]. 1 at uniform load, N / k at
// full collapse; not a lower bound (Switch Transformer, Fedus 2021, eq. 4).
at::Tensor switch_loss(const at::Tensor& probs, const std::vector<std::int64_t>& counts);

// mean_t (logsumexp z_t)^2; (ln N)^2 at z = 0 (ST-MoE, Zoph 2022, eq. 5).
at::Tensor z_loss(const at::Tensor& logits);

}  // namespace switchyard
