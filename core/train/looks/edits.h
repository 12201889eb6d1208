// An Intervention as the model reads it. Thread safety: pure function.
#pragma once

#include <memory>
#include <vector>

#include "core/model/routing/layer_edit.h"
#include "core/train/interface/intervention.h"

namespace switchyard {

// `asked` is checked (check_intervention()); `blocks`: where the MoE layers are. What does nothing, zeros of steer
// among it, is left out. Null: all of it does nothing.
std::shared_ptr<const LayerEdits> edits_of(const Intervention& asked, const std::vector<std::int64_t>& blocks,
                                           std::int64_t experts, std::int64_t top_k, const at::Device& device);

}  // namespace switchyard
