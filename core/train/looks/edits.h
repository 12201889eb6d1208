// An Intervention as the model reads it. Thread safety: pure function.
#pragma once

#include <memory>
#include <vector>

#include "core/config/config.h"
#include "core/model/routing/layer_edit.h"
#include "core/train/interface/intervention.h"

namespace switchyard {

// `asked` is checked (check_intervention()); `blocks`: where the MoE layers are. What does nothing, zeros of steer
// among it, is left out. Null: all of it does nothing.
std::shared_ptr<const LayerEdits> edits_of(const Intervention& asked, const std::vector<std::int64_t>& blocks,
                                           std::int64_t experts, std::int64_t top_k, const at::Device& device);

// What the configuration asks for (standing_intervention()), made anew where that or the device has changed.
// Thread safety: one thread.
class StandingEdits {
 public:
  // Null: nothing.
  std::shared_ptr<const LayerEdits> of(const Config& config, const at::Device& device);

 private:
  Intervention asked_;
  std::int64_t experts_ = 0, layers_ = 0, moe_every_ = 0;
  at::Device device_ = at::kCPU;
  std::shared_ptr<const LayerEdits> edits_;
};

}  // namespace switchyard
