// What pulls at a gate: the gradients of the task and of the auxiliary losses at its rows. Definitions:
// GateGradients in core/base/looks.h. Thread safety: the trainer's thread.
#pragma once

#include <vector>

#include "core/base/looks.h"
#include "core/config/config.h"
#include "core/model/layers/transformer.h"

namespace switchyard {

// [layers], from a pass whose graph is still there; empty ones where a gate has no logits. `loss`: cross-entropy
// of the pass. The gradients of parameters are left alone.
std::vector<GateGradients> gate_gradients(const ForwardPass& pass, const at::Tensor& loss, const Config& config,
                                          std::int64_t sequences);

}  // namespace switchyard
